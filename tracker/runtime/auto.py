"""The fastest engine here that gives the same answers: measured once, then remembered."""

from __future__ import annotations

import json
import logging
import platform
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np

from tracker.errors import EngineError
from tracker.maps import HeadMaps
from tracker.runtime import Memory, Pixels, Runtime
from tracker.runtime.cache import Key, recall, remember
from tracker.runtime.engines import Place, make
from tracker.weights import Card

_log = logging.getLogger(__name__)

_CANDIDATES = {"cpu": ("onnx", "openvino"), "cuda": ("tensorrt", "compiled", "onnx", "eager")}
_PACKAGES = ("onnxruntime", "onnxruntime-gpu", "openvino", "torch", "tensorrt", "tensorrt-rtx")
_WARMUP, _ROUNDS = 5, 15
_REST_S = 0.02  # thread pools go on spinning for a while, on the core of whoever comes next
_TOLERANCE = 0.02  # of maps in [0, 1]; half precision stays well below


@dataclass(frozen=True, slots=True)
class Choice:
    """What was picked, and on what grounds."""

    engine: str
    ms: dict[str, float]  # of one `match`, for every engine that could be tried
    remembered: bool  # from an earlier time

    def __str__(self) -> str:
        times = ", ".join(f"{name} {ms:.1f} ms" for name, ms in self.ms.items())
        when = "measured before" if self.remembered else "measured now"
        return f"engine {self.engine} ({when}: {times})"


def choose(folder: Path, card: Card, place: Place) -> Choice:
    """Pick an engine; say so in the log of this module, at level INFO.

    The first time takes some seconds. Changed packages, weights, device or threads mean another
    first time. A cache that cannot be written is told in the log.

    Args:
        folder: of the model.
        card: of the model.
        place: where it is to run.

    Raises:
        EngineError: if no engine works on the device.
    """
    key = _key(card, place)
    known = recall("choice", key)
    if known is not None:
        values = json.loads(known)
        choice = Choice(values["engine"], values["ms"], remembered=True)
    else:
        choice = _measured(folder, card, place)
        try:
            remember("choice", key, json.dumps({"engine": choice.engine, "ms": choice.ms}).encode())
        except OSError as error:
            _log.warning("the choice of engine cannot be remembered: %s", error)
    _log.info("%s", choice)
    return choice


def _key(card: Card, place: Place) -> Key:
    installed = {dist.name.lower(): dist.version for dist in metadata.distributions()}
    packages = {name: installed[name] for name in _PACKAGES if name in installed}
    return {
        "weights": card.sha256,
        "device": place.device,
        "threads": str(place.threads),
        "machine": f"{platform.node()} {platform.machine()}",
        **packages,
    }


@dataclass(frozen=True, slots=True)
class _Trial:
    """One engine and what it is asked."""

    runtime: Runtime
    memory: Memory
    searches: Pixels

    def ask(self) -> HeadMaps:
        return self.runtime.match(self.memory, self.searches)

    def seconds(self) -> float:
        time.sleep(_REST_S)
        start = time.perf_counter()
        self.ask()
        return time.perf_counter() - start


def _measured(folder: Path, card: Card, place: Place) -> Choice:
    trials = _same_answers(_trials(folder, card, place))
    for trial in trials.values():
        for _ in range(_WARMUP):
            trial.ask()
    seconds: dict[str, list[float]] = {name: [] for name in trials}
    for _ in range(_ROUNDS):
        for name, trial in trials.items():
            seconds[name].append(trial.seconds())
    ms = {name: round(float(np.median(each)) * 1000, 3) for name, each in seconds.items()}
    return Choice(min(ms, key=lambda name: ms[name]), ms, remembered=False)


def _trials(folder: Path, card: Card, place: Place) -> dict[str, _Trial]:
    kind = place.device.partition(":")[0]
    if kind not in _CANDIDATES:
        raise EngineError(
            f"'auto' knows the devices {' and '.join(_CANDIDATES)}; for {place.device!r} name an "
            "engine"
        )
    config, rng = card.tracking, np.random.default_rng(0)
    template, search = (
        rng.integers(0, 256, (1, size, size, 3), dtype=np.uint8)
        for size in (config.template_size, config.search_size)
    )
    trials, reasons = {}, []
    for name in _CANDIDATES[kind]:
        try:
            runtime = make(name, folder, card, place)
            trials[name] = _Trial(runtime, runtime.encode(template), search)
        except EngineError as error:
            _log.info("engine %s: %s", name, error)
            reasons.append(f"{name}: {error}")
    if not trials:
        raise EngineError(f"no engine works on {place.device!r}: {'; '.join(reasons)}")
    return trials


def _same_answers(trials: dict[str, _Trial]) -> dict[str, _Trial]:
    """Leave out who does not agree with the plainest: eager torch, else ONNX Runtime."""
    expected = trials[next((n for n in ("eager", "onnx") if n in trials), next(iter(trials)))].ask()
    found = {}
    for name, trial in trials.items():
        maps = trial.ask()
        worst = max(
            float(np.abs(a - b).max())
            for a, b in ((maps.score, expected.score), (maps.size, expected.size))
        )
        if worst <= _TOLERANCE:
            found[name] = trial
        else:
            _log.warning("engine %s is left out: its maps differ by %.3f", name, worst)
    return found
