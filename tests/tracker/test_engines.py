"""One contract for every engine: the same maps as the network as it was built."""

from __future__ import annotations

import logging
import shutil
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import onnxruntime
import pytest
import torch

import tracker
from tests.tracker.model_folder import ask, is_shared, noise, write_model
from tracker import Box, EngineError, weights
from tracker.loading import open_model
from tracker.runtime import Runtime
from tracker.runtime.eager import place
from tracker.runtime.engines import Place, make, names, precisions

ENGINES = ["onnx", "openvino", "compiled", pytest.param("tensorrt", marks=pytest.mark.gpu)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "b0")


@pytest.fixture(scope="module")
def eager(folder: Path) -> Runtime:
    return open_model(folder, engine="eager", threads=1).runtime


def start(engine: Any, folder: Path) -> Runtime:
    if engine == "openvino":
        pytest.importorskip("openvino")
    if engine == "tensorrt":
        try:
            return open_model(folder, engine=engine, device="cuda", precision="fp32").runtime
        except EngineError as error:
            pytest.skip(str(error))
    return open_model(folder, engine=engine, threads=1).runtime


@pytest.fixture
def quick_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch.compile traces the network, but generates no C++: that takes a minute."""
    real: Any = torch.compile
    monkeypatch.setattr(torch, "compile", lambda network, **_: real(network, backend="aot_eager"))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.usefixtures("quick_compiler")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")  # torch.compile's own
def test_every_engine_agrees_with_eager(engine: str, folder: Path, eager: Runtime) -> None:
    agrees(start(engine, folder), eager, (1, 3, 1))


@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")
def test_all_is_compiled_at_the_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    graphs = []

    def backend(graph: Any, _: object) -> Any:
        graphs.append(graph)
        return graph

    real: Any = torch.compile
    monkeypatch.setattr(torch, "compile", lambda network, **_: real(network, backend=backend))
    with caplog.at_level(logging.INFO, "tracker"):
        runtime = start("compiled", folder)
    assert "which takes minutes the first time" in caplog.text
    made = len(graphs)
    for count, size in product((1, 2, 3, 1), (256, 192)):
        ask(runtime, count, size)
    assert len(graphs) == made == 4


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")
def test_what_torch_compiles_agrees_with_eager(
    folder: Path, eager: Runtime, request: pytest.FixtureRequest
) -> None:
    if "slow" not in request.config.getoption("-m"):
        pytest.skip("compiles for a minute: run with -m slow")
    agrees(start("compiled", folder), eager, (1,))


def agrees(runtime: Runtime, eager: Runtime, counts: Sequence[int]) -> None:
    for count, size in product(counts, (256, 192)):
        maps, expected = ask(runtime, count, size), ask(eager, count, size)
        assert maps.score.shape == (count, size // 16, size // 16)
        for name in ("score", "size", "offset"):
            found, wanted = getattr(maps, name), getattr(expected, name)
            assert found.dtype == np.float32
            assert wanted.std() > 1e-3, "the test would not notice a wrong map"
            np.testing.assert_allclose(found, wanted, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("engine", ["onnx", "openvino"])
def test_answers_are_the_callers_own(engine: str, folder: Path) -> None:
    runtime = start(engine, folder)
    first = ask(runtime, 1)
    kept = first.score.copy()
    memory = runtime.encode(noise(1, 128, seed=8))
    runtime.match(memory, noise(1, 256, seed=9))
    np.testing.assert_array_equal(first.score, kept)


@pytest.mark.parametrize("engine", ["onnx", "openvino", "eager"])
def test_two_threads_may_share_an_engine(engine: str, folder: Path) -> None:
    runtime = start(engine, folder)
    searches = [noise(1, 256, seed=seed) for seed in (20, 21)]
    memory = runtime.encode(noise(1, 128))
    is_shared(lambda which: runtime.match(memory, searches[which]))


def test_many_targets_with_a_real_network_are_as_if_alone(folder: Path) -> None:
    """Batched arithmetic differs in its last bits at most."""
    frames = noise(3, 256, seed=4)
    boxes = [Box(40, 50, 60, 40), Box(120, 120, 30, 30)]
    many = tracker.load_many(folder, threads=1)
    alone = [tracker.load(folder, threads=1) for _ in boxes]
    for single, box in zip(alone, boxes, strict=True):
        many.add(frames[0], box)
        single.init(frames[0], box)
    assert many.card == alone[0].card
    for frame in frames[1:]:
        for number, estimate in many.update(frame).items():
            expected = alone[number].update(frame)
            assert tuple(estimate.box) == pytest.approx(tuple(expected.box), abs=1e-2)
            assert estimate.score == pytest.approx(expected.score, abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"engine": "onyx"}, "no engine 'onyx': there are onnx, openvino, .* and auto"),
        ({"engine": "onnx", "device": "cuda"}, "device 'cuda'"),
        ({"engine": "onnx", "device": "cuda:1"}, "device 'cuda:1'"),
        ({"engine": "onnx", "device": "gpu"}, "device 'gpu'"),
        ({"engine": "openvino", "device": "npu7"}, "device 'npu7'"),
        ({"engine": "eager", "device": "cuda:9"}, "device 'cuda:9'"),
        ({"engine": "eager", "device": "meta"}, "device 'meta'"),
        ({"engine": "eager", "device": "hpu"}, "device 'hpu'"),  # its package is missing
        ({"engine": "eager", "precision": "int8"}, "'eager' has no precision 'int8'; it has fp32"),
        ({"engine": "onnx", "precision": "fp64"}, "no precision 'fp64'"),
        ({"engine": "onnx", "precision": "fp16"}, r"no encode\.fp16\.onnx: .*export .*--fp16"),
        ({"engine": "openvino", "precision": "int8"}, r"no match\.int8\.xml: .*--calibration"),
        ({"engine": "auto", "device": "tpu"}, "'auto' knows the devices cpu and cuda"),
    ],
)
def test_what_there_is_not_is_an_error(folder: Path, arguments: dict[str, Any], says: str) -> None:
    if "openvino" in arguments.values():
        pytest.importorskip("openvino")
    with pytest.raises(EngineError, match=says):
        tracker.load(folder, **arguments)


def test_a_second_gpu_is_asked_of_onnxruntime(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def session(*_: object, providers: Any) -> NoReturn:
        asked.append(providers)
        raise ValueError("no such GPU")

    offered = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: offered)
    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    with pytest.raises(EngineError, match="no such GPU"):
        tracker.load(folder, engine="onnx", device="cuda:1")
    assert asked == [[("CUDAExecutionProvider", {"device_id": 1})]]


@pytest.mark.parametrize(
    ("engine", "module", "remedy"),
    [
        ("onnx", "onnxruntime", "pip install onnxruntime"),
        ("openvino", "openvino", r"pip install 'lowtrack\[openvino\]'"),
    ],
)
def test_a_missing_engine_says_how_to_install_it(
    folder: Path, engine: Any, module: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(EngineError, match=remedy):
        tracker.load(folder, engine=engine)


@pytest.mark.parametrize("engine", ["onnx", "openvino"])
def test_a_damaged_graph_is_an_engines_error(engine: str, folder: Path, tmp_path: Path) -> None:
    if engine == "openvino":
        pytest.importorskip("openvino")
    copy = tmp_path / "model"
    shutil.copytree(folder, copy)
    (copy / "match.onnx").write_bytes(b"junk")
    card = weights.read(folder)
    with pytest.raises(EngineError, match=r"match\.onnx"):
        make(engine, copy, card, Place())


@pytest.mark.parametrize("engine", ["onnx", "openvino"])
def test_an_engine_that_fails_is_an_engines_error(engine: str, folder: Path) -> None:
    runtime = start(engine, folder)
    with pytest.raises(EngineError, match="failed"):
        runtime.encode(noise(1, 128)[..., :2])
    with pytest.raises(EngineError, match="failed"):
        runtime.match(runtime.encode(noise(1, 128)), noise(1, 256)[..., :2])
    with pytest.raises(EngineError, match="256 and 192 pixels a side, got 224"):
        runtime.match(runtime.encode(noise(1, 128)), noise(1, 224))


def test_errors_of_torch_are_an_engines(eager: Runtime) -> None:
    with pytest.raises(EngineError, match="PyTorch: "):
        eager.encode(noise(1, 128)[..., :2])
    with pytest.raises(EngineError, match="PyTorch: "):
        eager.match(eager.encode(noise(1, 128)), noise(1, 256)[..., :2])


def test_the_first_gpu_is_the_first_whichever_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[torch.device] = []

    def zeros(_: int, *, device: torch.device) -> torch.Tensor:
        asked.append(device)
        return torch.empty(1)

    monkeypatch.setattr(torch, "zeros", zeros)
    assert [place("cuda"), place("cuda:1")] == asked == [torch.device("cuda", n) for n in (0, 1)]


@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")
def test_what_cannot_be_compiled_is_an_engines_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def backend(*_: object) -> None:
        raise RuntimeError("no working compiler")

    real: Any = torch.compile
    monkeypatch.setattr(torch, "compile", lambda network, **_: real(network, backend=backend))
    with pytest.raises(EngineError, match=r"(?s)cannot compile the network: .*no working compiler"):
        start("compiled", folder)


def test_every_engine_has_a_usual_precision() -> None:
    assert {name: precisions(name, "cpu")[0] for name in names()} == {
        "onnx": "fp32",
        "openvino": "fp32",
        "tensorrt": "fp16",
        "eager": "fp32",
        "compiled": "fp32",
    }
