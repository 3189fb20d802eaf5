"""Engines are built without a GPU: real ones by TensorRT-RTX, and for every version its own way."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from tests.tracker import fake_tensorrt, rtx
from tests.tracker.model_folder import random_network, tracking, write_model
from tracker import EngineError
from tracker.runtime.export import write_half_graphs
from tracker.runtime.tensorrt_build import RTX, Flavour, build_plan, check, find_flavour


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_model(tmp_path_factory.mktemp("model") / "b0")
    write_half_graphs(random_network(), folder, tracking())
    return folder


@pytest.mark.parametrize("precision", ["fp16", "fp32"])
def test_tensorrt_rtx_builds_all_graphs(folder: Path, precision: str) -> None:
    ending = ".onnx" if precision == "fp32" else ".fp16.onnx"
    graphs = [folder / (part + ending) for part in ("encode", "match", "near")]
    sizes = rtx.build(*graphs, precision=precision)
    assert len(sizes) == 3
    assert all(int(size) > 1e6 for size in sizes), sizes


def test_tensorrt_rtx_says_what_it_cannot_read(tmp_path: Path) -> None:
    junk = tmp_path / "junk.onnx"
    junk.write_bytes(b"junk")
    (said,) = rtx.build(junk, precision="fp32")
    assert "cannot read" in said
    assert "junk.onnx" in said


@pytest.mark.parametrize(
    ("version", "precision", "flags"),
    [
        ("8.6.1", "fp32", []),
        ("8.6.1", "fp16", ["FP16"]),
        ("8.6.1", "int8", ["INT8"]),
        ("10.3.0", "fp16", []),
        ("11.4.0", "fp16", []),
        ("11.4.0", "int8", []),
    ],
)
def test_every_version_is_asked_in_its_own_way(
    folder: Path, version: str, precision: Any, flags: list[str]
) -> None:
    module = fake_tensorrt.make_module(version)
    plan = build_plan(
        Flavour(module, "tensorrt", version),
        folder / "match.fp16.onnx",
        precision,
        usual=1,
        most=32,
    )
    assert plan.startswith(b"PLAN")
    assert module.built == [(str(folder / "match.fp16.onnx"), flags)]


def test_a_failed_build_says_why(folder: Path, tmp_path: Path) -> None:
    flavour = Flavour(fake_tensorrt.make_module("10.3.0"), "tensorrt", "10.3.0")
    bad = tmp_path / "unbuildable.onnx"
    shutil.copyfile(folder / "match.fp16.onnx", bad)
    with pytest.raises(EngineError, match="no kernel for this layer"):
        build_plan(flavour, bad, "fp16", usual=1, most=32)
    bad.write_bytes(b"junk")
    with pytest.raises(EngineError, match="error 0: not a graph"):
        build_plan(flavour, bad, "fp16", usual=1, most=32)


def test_no_tensorrt_says_how_to_install_it() -> None:
    with pytest.raises(EngineError, match=r"pip install 'lowtrack\[tensorrt\]'"):
        find_flavour(("no_such_module",))
    assert not Flavour(None, "tensorrt", "8.6.1").strongly_typed
    assert Flavour(None, RTX, "1.2.0").strongly_typed


def test_a_gpu_that_this_version_does_not_know_is_told() -> None:
    module = MagicMock()
    module.ILogger = fake_tensorrt.ILogger
    flavour = Flavour(module, "tensorrt", "10.3.0")
    check(flavour)

    class Runtime:
        def __init__(self, logger: Any) -> None:
            self._logger = logger

        def deserialize_cuda_engine(self, _: object) -> None:
            self._logger.log(fake_tensorrt.ILogger.ERROR, "compute capability 9.0")

    module.Runtime = Runtime
    with pytest.raises(EngineError, match=r"runs no engine on this GPU: compute capability 9\.0"):
        check(flavour)


def test_tensorrt_rtx_builds_the_smallest_engine() -> None:
    code = """\
from tracker.errors import EngineError
from tracker.runtime.tensorrt_build import RTX, check, find_flavour
flavour = find_flavour((RTX,))
flavour.module.Runtime = lambda _: type("", (), {"deserialize_cuda_engine": lambda _, plan: plan})()
check(flavour)
print("built")
"""
    assert rtx.run(code) == "built\n"
