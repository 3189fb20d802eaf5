"""The choice of an engine, which is remembered on this machine."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tracker.model_folder import random_network, tracking, write_model
from tests.tracker.spot import CARD, BrightSpot
from tracker import Card, EngineError, weights
from tracker.config import NearConfig
from tracker.maps import HeadMaps
from tracker.runtime import Pixels, auto, trials
from tracker.runtime.engines import Place
from tracker.runtime.export import write_half_graphs
from tracker.runtime.packages import installed

pytestmark = pytest.mark.usefixtures("empty_cache")


class Slow(BrightSpot):
    """Takes some time, in units that no machine's noise reaches."""

    def __init__(self, clock: list[float], seconds: float, shift: float = 0.0) -> None:
        self._clock, self._seconds, self._shift = clock, seconds, shift

    def match(self, memory: Any, searches: Pixels) -> HeadMaps:
        self._clock[0] += self._seconds
        maps = super().match(memory, searches)
        return HeadMaps(maps.score + np.float32(self._shift), maps.size, maps.offset)


class Shop:
    """Hands out engines as `make` does, and counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, engines: dict[str, tuple[float, float]]):
        self.clock = [0.0]
        self.made = 0
        self._engines = engines
        monkeypatch.setattr(trials, "make", self._make)
        monkeypatch.setattr("tracker.runtime.trials.time.perf_counter", lambda: self.clock[0])
        monkeypatch.setattr("tracker.runtime.trials.time.sleep", lambda _: None)

    def _make(self, name: str, *_: object) -> Slow:
        if name not in self._engines:
            raise EngineError(f"{name} is not installed")
        self.made += 1
        return Slow(self.clock, *self._engines[name])


def choose(place: Place | None = None, card: Card = CARD) -> auto.Choice:
    return auto.choose(Path("nowhere"), card, place or Place())


def test_the_fastest_is_taken_and_remembered(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shop = Shop(monkeypatch, {"onnx": (0.02, 0), "openvino": (0.01, 0)})
    with caplog.at_level(logging.INFO, "tracker"):
        first = choose()
    assert first.engine == "openvino"
    assert first.ms == {"onnx": 20.0, "openvino": 10.0}
    assert not first.remembered
    assert "engine openvino (measured now: onnx 20.0 ms, openvino 10.0 ms)" in caplog.text
    made = shop.made
    second = choose()
    assert (second.engine, second.remembered, shop.made) == ("openvino", True, made)


def test_other_weights_threads_or_devices_are_measured_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Shop(monkeypatch, {"onnx": (0.02, 0), "eager": (0.01, 0)})
    assert not choose().remembered
    assert not choose(Place(threads=1)).remembered
    assert not choose(card=replace(CARD, files={"a": "b"})).remembered
    near = replace(CARD.tracking, near=NearConfig(size=192))
    assert not choose(card=replace(CARD, tracking=near)).remembered
    gpu = choose(Place("cuda"))
    assert not gpu.remembered
    assert gpu.engine == "eager"
    assert choose().remembered


def test_a_fast_engine_with_other_answers_is_left_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    Shop(monkeypatch, {"onnx": (0.02, 0), "openvino": (0.001, 0.03)})
    assert choose().engine == "onnx"
    assert "engine openvino is left out: its maps differ by 0.030" in caplog.text


@pytest.mark.parametrize("part", ["score", "size"])
def test_an_engine_without_numbers_is_left_out(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop(monkeypatch, {"onnx": (0.02, 0), "openvino": (0.001, 0)})
    real = shop._make

    class Senseless(Slow):
        def match(self, memory: Any, searches: Pixels) -> HeadMaps:
            return replace(super().match(memory, searches), **{part: np.full(1, np.nan)})

    def make(name: str, *rest: object) -> Slow:
        return Senseless(shop.clock, 0.001) if name == "openvino" else real(name, *rest)

    monkeypatch.setattr(trials, "make", make)
    assert choose().engine == "onnx"


class Failing(Slow):
    """Is installed, starts, and fails when it is asked."""

    def match(self, memory: Any, searches: Pixels) -> HeadMaps:
        raise EngineError("no compiler here")


def test_an_engine_that_fails_is_left_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shop = Shop(monkeypatch, {"eager": (0.02, 0)})
    real = shop._make

    def make(name: str, *rest: object) -> Slow:
        return Failing(shop.clock, 0.0) if name == "compiled" else real(name, *rest)

    monkeypatch.setattr(trials, "make", make)
    with caplog.at_level(logging.INFO, "tracker"):
        assert choose(Place("cuda")).engine == "eager"
    assert "engine compiled: no compiler here" in caplog.text


def test_a_wanted_precision_decides_who_is_tried(tmp_path: Path) -> None:
    """OpenVINO has no fp16, and is not picked and then refused."""
    folder = write_model(tmp_path / "b0")
    write_half_graphs(random_network(), folder, tracking())
    card, place = weights.read(folder), Place(threads=1)
    first = auto.choose(folder, card, place, "fp16")
    assert list(first.ms) == ["onnx"]
    assert auto.choose(folder, card, place, "fp16").remembered
    assert not auto.choose(folder, card, place, "fp32").remembered
    with pytest.raises(EngineError, match=r"no match\.int8\.onnx"):
        auto.choose(folder, card, place, "int8")


def test_another_gpu_is_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    Shop(monkeypatch, {"eager": (0.01, 0)})
    for name in ("one", "two"):
        monkeypatch.setattr(auto, "_gpu", lambda _, name=name: name)
        assert not choose(Place("cuda")).remembered
    assert choose(Place("cuda")).remembered


def test_packages_of_every_vendor_count(monkeypatch: pytest.MonkeyPatch) -> None:
    class Installed:
        version = "1"

        def __init__(self, name: str | None) -> None:
            self.name = name  # None: left of an installation that was interrupted

    found = [
        None,
        "tensorrt_rtx_cu13_bindings",
        "tensorrt-cu13",
        "onnxruntime-gpu",
        "Torch",
        "numpy",
    ]
    monkeypatch.setattr("importlib.metadata.distributions", lambda: map(Installed, found))
    assert sorted(installed(*auto._PACKAGES)) == [
        "onnxruntime-gpu",
        "tensorrt-cu13",
        "tensorrt-rtx-cu13-bindings",
        "torch",
    ]


def test_without_any_engine_all_reasons_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    Shop(monkeypatch, {})
    with pytest.raises(EngineError, match="onnx is not installed; openvino: openvino is not"):
        choose()


def test_a_cache_that_cannot_be_written_is_told(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    Shop(monkeypatch, {"onnx": (0.02, 0)})
    empty_cache.write_text("a file where the folder should be")
    assert choose().engine == "onnx"
    assert "cannot be remembered" in caplog.text
