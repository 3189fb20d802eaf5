"""What is remembered on this machine, and the choice of an engine that is."""

from __future__ import annotations

import json
import logging
import os
import time
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
from tracker.runtime import Pixels, auto, cache, trials
from tracker.runtime.engines import Place
from tracker.runtime.export import write_half_graphs
from tracker.runtime.packages import installed

KEY = {"weights": "abc", "gpu": "x"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOWTRACK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def recalled(kind: str, key: cache.Key) -> bytes | None:
    found = cache.recall(kind, key)
    return None if found is None else bytes(found)


def test_what_was_remembered_comes_back() -> None:
    assert recalled("engine", KEY) is None
    body = b"one\ntwo\n\x00\xff" * 1000
    cache.remember("engine", KEY, body)
    assert recalled("engine", KEY) == body
    cache.remember("engine", KEY, b"")
    assert recalled("engine", KEY) == b""


@pytest.mark.parametrize("value", ["x" * n for n in (0, 1, 62, 63, 64)])
def test_what_is_recalled_lies_aligned_and_outlives_its_file(value: str) -> None:
    body = os.urandom(1 << 20)
    path = cache.remember("engine", {"key": value}, body)
    found = cache.recall("engine", {"key": value})
    assert found is not None
    assert np.frombuffer(found, np.uint8).ctypes.data % 64 == 0
    path.unlink()
    cache.release(found)
    assert found == body
    found[0] ^= 1  # OpenVINO takes nothing else
    assert found != body


def test_every_part_of_the_key_counts() -> None:
    cache.remember("engine", KEY, b"1")
    assert recalled("choice", KEY) is None
    assert recalled("engine", KEY | {"gpu": "y"}) is None
    assert recalled("engine", KEY | {"more": ""}) is None


def test_only_this_user_may_read_and_nothing_else_is_left(folder: Path) -> None:
    path = cache.remember("engine", KEY, b"1")
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o077 == 0
    assert list(folder.iterdir()) == [path]


def test_an_entry_of_another_key_under_this_name_is_not_believed() -> None:
    path = cache.remember("engine", KEY, b"1")
    other = cache.remember("engine", {"weights": "evil"}, b"2")
    other.replace(path)
    assert recalled("engine", KEY) is None


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_what_cannot_be_read_is_made_anew() -> None:
    path = cache.remember("engine", KEY, b"1")
    path.chmod(0)
    assert recalled("engine", KEY) is None


def test_what_is_not_used_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_MOST", 4)
    cache.remember("choice", KEY, b"1")
    others = [cache.cache_folder() / name for name in ("engine-of-mine", "x-" + "0" * 32)]
    for other in others:
        other.write_bytes(b"old")
        os.utime(other, ns=(0, 0))
    now = time.time_ns()
    for age in range(5):  # the last is the oldest
        path = cache.remember("engine", {"n": str(age)}, b"1")
        os.utime(path, ns=(now, now - (1 + age) * 1_000_000_000))
    assert recalled("engine", {"n": "4"}) == b"1"  # and now the one that was used last
    cache.remember("engine", KEY, b"1")
    left = {age for age in range(5) if recalled("engine", {"n": str(age)})}
    assert left == {0, 1, 4}
    assert recalled("engine", KEY) == b"1"
    assert recalled("choice", KEY) == b"1"
    assert all(other.is_file() for other in others)
    assert len(list(cache.cache_folder().glob("engine-*"))) == 4 + 1


def test_the_usual_place_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOWTRACK_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    monkeypatch.setattr("sys.platform", "linux")
    assert cache.cache_folder() == Path("/somewhere/lowtrack")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache.cache_folder() == Path.home() / ".cache" / "lowtrack"


def test_a_user_without_a_home_remembers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs under a number that it has no name for."""

    def home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("LOWTRACK_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", home)
    assert recalled("engine", KEY) is None
    with pytest.raises(OSError, match=r"home directory.*LOWTRACK_CACHE"):
        cache.remember("engine", KEY, b"1")


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
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    Shop(monkeypatch, {"onnx": (0.02, 0)})
    folder.write_text("a file where the folder should be")
    assert choose().engine == "onnx"
    assert "cannot be remembered" in caplog.text


def test_what_is_remembered_is_plain_to_read() -> None:
    path = cache.remember("choice", KEY, b"{}")
    header = json.loads(path.read_bytes().splitlines()[0])
    assert header["key"] == KEY
