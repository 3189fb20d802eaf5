"""The TensorRT engine without a GPU: stand-ins for the driver and for TensorRT's module."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from tests.tracker.model_folder import noise, random_network, tracking, write_model
from tracker import EngineError, weights
from tracker.loading import open_model
from tracker.runtime import cuda, tensorrt
from tracker.runtime.engines import Place, make
from tracker.runtime.export import write_half_graphs
from tracker.runtime.tensorrt_build import Flavour


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_model(tmp_path_factory.mktemp("model") / "b0")
    write_half_graphs(random_network(), folder, tracking())
    return folder


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_it_gives_the_same_maps(folder: Path, precision: Any) -> None:
    model = open_model(folder, engine="tensorrt", device="cuda", precision=precision)
    other = open_model(folder, engine="onnx", precision=precision, threads=1)
    for count in (1, 3, 2):
        templates, searches = noise(count, 128, seed=1), noise(count, 256, seed=count)
        answers = [
            each.runtime.match(
                each.runtime.stack([each.runtime.encode(t[None]) for t in templates]), searches
            )
            for each in (model, other)
        ]
        for name in ("score", "size", "offset"):
            a, b = (getattr(answer, name) for answer in answers)
            np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.usefixtures("module")
def test_answers_are_the_callers_own_and_memory_may_change(folder: Path) -> None:
    runtime = open_model(folder, engine="tensorrt", device="cuda").runtime
    one, two = (runtime.encode(noise(1, 128, seed=seed)) for seed in (1, 2))
    search = noise(1, 256)
    first = runtime.match(one, search).score
    kept = first.copy()
    second = runtime.match(two, search).score
    np.testing.assert_array_equal(first, kept)
    assert not np.allclose(first, second)
    np.testing.assert_array_equal(runtime.match(one, search).score, kept)


@pytest.mark.usefixtures("module")
def test_too_many_crops_are_refused(folder: Path) -> None:
    runtime = open_model(folder, engine="tensorrt", device="cuda").runtime
    memory = runtime.stack([runtime.encode(noise(1, 128))] * 33)
    with pytest.raises(EngineError, match="at most 32"):
        runtime.match(memory, np.zeros((33, 256, 256, 3), np.uint8))
    with pytest.raises(EngineError, match="256 and 192 pixels a side, got 224"):
        runtime.match(memory, np.zeros((1, 224, 224, 3), np.uint8))


@pytest.mark.parametrize("kind", ["Builder", "Runtime"])
def test_a_tensorrt_that_cannot_start_says_why(
    folder: Path, module: Any, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refuses:
        def __init__(self, logger: Any) -> None:
            logger.log(logger.ERROR, "CUDA initialization failure with error: 35")
            raise TypeError("pybind11::init(): factory function returned nullptr")

    Refuses.__name__ = kind
    monkeypatch.setattr(module, kind, Refuses)
    with pytest.raises(EngineError, match=f"{kind} cannot start: CUDA initialization failure"):
        open_model(folder, engine="tensorrt", device="cuda")


def test_engines_are_built_once(folder: Path, module: Any) -> None:
    for _ in range(3):
        open_model(folder, engine="tensorrt", device="cuda")
    names = [f"{part}.fp16.onnx" for part in ("encode", "match", "near")]
    assert [Path(path).name for path, _ in module.built] == names
    assert len(module.loaded) == 9


@pytest.mark.parametrize("damage", ["cut", "changed", "no plan", "foreign", "writable by others"])
def test_what_is_damaged_or_foreign_is_built_again(
    folder: Path, module: Any, damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_model(folder, engine="tensorrt", device="cuda")
    for path in (tmp_path / "cache").iterdir():
        data = path.read_bytes()
        if damage == "cut":
            path.write_bytes(data[:-5])
        elif damage == "changed":
            path.write_bytes(data.replace(b"fp16", b"fp61"))
        elif damage == "no plan":
            path.write_bytes(b"")
        elif damage == "writable by others":
            path.chmod(0o666)
    if damage == "foreign":
        monkeypatch.setattr("os.getuid", lambda: 12345)
    open_model(folder, engine="tensorrt", device="cuda")
    assert len(module.built) == 6
    for path in (tmp_path / "cache").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600


def test_another_gpu_version_or_precision_is_another_engine(
    folder: Path, module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_model(folder, engine="tensorrt", device="cuda")
    open_model(folder, engine="tensorrt", device="cuda:1")
    open_model(folder, engine="tensorrt", device="cuda", precision="fp32")
    monkeypatch.setattr(tensorrt, "find_flavour", lambda: Flavour(module, "tensorrt", "10.7.0"))
    open_model(folder, engine="tensorrt", device="cuda")
    assert len(module.built) == 12


def test_an_engine_that_cannot_be_kept_is_used_and_that_is_told(
    folder: Path, module: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    for _ in range(2):
        runtime = open_model(folder, engine="tensorrt", device="cuda").runtime
        runtime.encode(noise(1, 128))
    assert len(module.built) == 6
    assert "cannot be kept" in caplog.text
    caplog.clear()  # its errors hold on to the engines


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize("device", ["cpu", "cuda:x", "gpu"])
def test_it_runs_on_gpus_only(folder: Path, device: str) -> None:
    with pytest.raises(EngineError, match=f"not on '{device}'"):
        open_model(folder, engine="tensorrt", device=device)


def test_another_graph_is_another_engine(folder: Path, module: Any, tmp_path: Path) -> None:
    """Though the card, which need not know of graphs in half precision, is the same."""
    copy = Path(shutil.copytree(folder, tmp_path / "b0"))
    graph = copy / "match.fp16.onnx"
    for note in ("one", "two"):
        changed = onnx.load(graph)
        changed.doc_string = note
        onnx.save(changed, graph)
        make("tensorrt", copy, weights.read(copy), Place("cuda"), "fp16")
    names = [Path(path).name for path, _ in module.built]
    assert names == ["encode.fp16.onnx", graph.name, "near.fp16.onnx", graph.name]


def test_without_a_driver_there_is_no_gpu(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cuda, "_LIBRARY", str(tmp_path / "none.so"))
    with pytest.raises(EngineError, match="no NVIDIA driver here"):
        open_model(folder, engine="tensorrt", device="cuda")
