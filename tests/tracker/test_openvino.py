"""What OpenVINO made is kept; its devices go by its own names."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.tracker.model_folder import noise, write_model
from tracker import EngineError, weights
from tracker.loading import open_model
from tracker.runtime.engines import Place, make
from tracker.runtime.openvino_graph import open_device

pytestmark = pytest.mark.usefixtures("empty_cache")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of graphs that are read, to be compiled."""
    ov, names = pytest.importorskip("openvino"), []
    read_model = ov.Core.read_model

    def counting(core: Any, graph: Path) -> Any:
        names.append(graph.name)
        return read_model(core, graph)

    monkeypatch.setattr(ov.Core, "read_model", counting)
    return names


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "b0")


def test_what_openvino_made_is_kept_and_made_again_where_it_is_damaged(
    folder: Path, made: list[str], monkeypatch: pytest.MonkeyPatch, empty_cache: Path
) -> None:
    card, crops = weights.read(folder), noise(1, 256)

    def score() -> Any:
        runtime = make("openvino", folder, card, Place(threads=1))
        return runtime.match(runtime.encode(noise(1, 128)), crops).score

    first = score()
    assert sorted(made) == ["encode.onnx", "match.onnx", "near.onnx"]
    np.testing.assert_array_equal(score(), first)
    assert len(made) == 3
    for entry in empty_cache.iterdir():
        assert entry.stat().st_mode & 0o777 == 0o600
        entry.write_bytes(entry.read_bytes()[:-9])
    np.testing.assert_array_equal(score(), first)
    assert len(made) == 6

    # what is whole, but no longer understood by OpenVINO
    def elsewhere(*_: object) -> memoryview:
        return memoryview(bytearray(b"from elsewhere"))

    monkeypatch.setattr("tracker.runtime.openvino_graph.recall", elsewhere)
    np.testing.assert_array_equal(score(), first)
    assert len(made) == 9


@pytest.mark.parametrize("many", [False, True])
def test_graphs_for_many_crops_are_made_when_many_are_expected(
    folder: Path, made: list[str], *, many: bool
) -> None:
    """Else in the first call with more than two; and each crop is answered as if it was alone."""
    model = open_model(folder, engine="openvino", threads=1)
    if many:
        model.many()
    else:
        model.tracker()
    assert len(made) == (6 if many else 3)
    runtime, crops = model.runtime, noise(3, 256)
    memory = runtime.encode(noise(3, 128))
    assert len(made) == 6
    together = runtime.match(memory, crops)
    for count in (1, 2):
        some = runtime.match(memory[:count], crops[:count])
        for a, b in ((some.score, together.score), (some.size, together.size)):
            assert a.shape[0] == count
            np.testing.assert_allclose(a, b[:count], atol=1e-4)
    np.testing.assert_allclose(runtime.encode(noise(3, 128)[:2]), memory[:2], atol=1e-3)
    assert len(made) == 6


def test_in_bfloat16_scores_and_boxes_are_nearly_those_of_fp32(
    folder: Path,
) -> None:
    """What is kept of one precision is not taken for the other."""
    pytest.importorskip("openvino")
    card, place = weights.read(folder), Place(threads=1)
    exact = make("openvino", folder, card, place)
    try:
        rounded = make("openvino", folder, card, place, "bf16")
    except EngineError as error:  # of a processor that has not got it
        pytest.skip(str(error))
    searches = noise(1, 256)
    wanted, found = (each.match(each.encode(noise(1, 128)), searches) for each in (exact, rounded))
    for a, b in ((found.score, wanted.score), (found.size, wanted.size)):
        assert 0 < np.abs(a - b).max() < 0.05
    again = make("openvino", folder, card, place, "bf16")
    np.testing.assert_array_equal(again.encode(noise(1, 128)), rounded.encode(noise(1, 128)))


def test_a_processor_without_bfloat16_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ov = pytest.importorskip("openvino")
    about = {"OPTIMIZATION_CAPABILITIES": ["FP32", "INT8"], "FULL_DEVICE_NAME": "an old processor"}

    class Core:
        available_devices = ("CPU",)

        def get_property(self, name: str, what: str) -> Any:
            return about[what]

    monkeypatch.setattr(ov, "Core", Core)
    with pytest.raises(EngineError, match="no bfloat16 on an old processor"):
        make("openvino", folder, weights.read(folder), Place(), "bf16")
    with pytest.raises(EngineError, match="'onnx' has no precision 'bf16'; it has fp32"):
        make("onnx", folder, weights.read(folder), Place(), "bf16")


@pytest.mark.parametrize(("flags", "warned"), [("avx512_bf16", True), ("amx_bf16 amx_tile", False)])
def test_where_bfloat16_may_be_slow_that_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, flags: str, *, warned: bool
) -> None:
    """OpenVINO offers it on processors, too, that need many instructions for one product."""
    pytest.importorskip("openvino")
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: f"flags\t\t: fpu {flags}\n")
    try:
        open_device("cpu", 1, "bf16")
    except EngineError as error:
        pytest.skip(str(error))
    assert ("without it bf16 may be slower" in caplog.text) == warned
    caplog.clear()
    open_device("cpu", 1, "fp32")
    assert not caplog.text


def test_where_nothing_can_be_kept_openvino_works_nevertheless(
    folder: Path, empty_cache: Path
) -> None:
    pytest.importorskip("openvino")
    empty_cache.write_text("no folder")
    runtime = make("openvino", folder, weights.read(folder), Place(threads=1))
    assert np.isfinite(runtime.encode(noise(1, 128))).all()


def test_one_of_several_gpus_of_openvino_has_a_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ "gpu.1" passes the check of names; what then is compiled for is its own."""
    ov = pytest.importorskip("openvino")
    asked = []

    class Core:
        available_devices = ("CPU", "GPU.0", "GPU.1")

        def read_model(self, graph: Path) -> Any:
            return SimpleNamespace(inputs=())

        def compile_model(self, model: Any, name: str, settings: Any) -> Any:
            asked.append(name)
            return SimpleNamespace(create_infer_request=lambda: None, export_model=lambda: b"made")

        def get_property(self, name: str, what: str) -> str:
            return f"the processor of {name}"

    monkeypatch.setattr(ov, "Core", Core)
    for device in ("gpu", "gpu.1"):
        make("openvino", folder, weights.read(folder), Place(device))
    assert asked == ["GPU"] * 3 + ["GPU.1"] * 3
    with pytest.raises(EngineError, match=r"device 'gpu\.2'"):
        make("openvino", folder, weights.read(folder), Place("gpu.2"))
