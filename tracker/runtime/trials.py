"""Engines tried on one machine: which of them work, give the same answers, and how fast."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tracker.errors import EngineError
from tracker.maps import HeadMaps
from tracker.runtime import Memory, Pixels, Runtime
from tracker.runtime.engines import Place, make
from tracker.runtime.graphs import Precision, matching
from tracker.weights import Card

_log = logging.getLogger(__name__)

_CANDIDATES = {"cpu": ("onnx", "openvino"), "cuda": ("tensorrt", "compiled", "onnx", "eager")}
_WARMUP, _ROUNDS = 5, 15
_REST_S = 0.02  # thread pools go on spinning for a while, on the core of whoever comes next
_TOLERANCE = 0.02  # of maps in [0, 1]; half precision stays well below


@dataclass(frozen=True, slots=True)
class _Trial:
    """One engine and what it is asked."""

    runtime: Runtime
    memory: Memory
    searches: tuple[Pixels, ...]  # one of each size

    def ask(self) -> list[HeadMaps]:
        return [self.runtime.match(self.memory, each) for each in self.searches]

    def seconds(self) -> float:
        time.sleep(_REST_S)
        start = time.perf_counter()
        self.ask()
        return time.perf_counter() - start


def measure(
    folder: Path, card: Card, place: Place, precision: Precision | None
) -> dict[str, float]:
    """How long each engine that can be used takes to match, in ms; their order is ours.

    That is one `match` in a crop of every size.

    Args:
        folder: of the model.
        card: of the model.
        place: where it is to run.
        precision: None for each engine's usual one.

    Raises:
        EngineError: if no engine works on the device.
    """
    trials = _trials(folder, card, place, precision)
    if precision != "int8":  # single maps differ there: it was judged by AUC when it was exported
        trials = _same_answers(trials)
    for trial in trials.values():
        for _ in range(_WARMUP):
            trial.ask()
    seconds: dict[str, list[float]] = {name: [] for name in trials}
    for _ in range(_ROUNDS):
        for name, trial in trials.items():
            seconds[name].append(trial.seconds())
    return {name: round(float(np.median(each)) * 1000, 3) for name, each in seconds.items()}


def _trials(
    folder: Path, card: Card, place: Place, precision: Precision | None
) -> dict[str, _Trial]:
    kind = place.device.partition(":")[0]
    if kind not in _CANDIDATES:
        raise EngineError(
            f"'auto' knows the devices {' and '.join(_CANDIDATES)}; for {place.device!r} name an "
            "engine"
        )
    config, rng = card.tracking, np.random.default_rng(0)
    template, *searches = (
        rng.integers(0, 256, (1, size, size, 3), dtype=np.uint8)
        for size in (config.template_size, *matching(config))
    )
    trials, reasons = {}, []
    for name in _CANDIDATES[kind]:
        try:
            runtime = make(name, folder, card, place, precision)
            trial = _Trial(runtime, runtime.encode(template), tuple(searches))
            trial.ask()  # some fail no sooner than here
        except EngineError as error:
            _log.info("engine %s: %s", name, error)
            reasons.append(f"{name}: {error}")
        else:
            trials[name] = trial
    if not trials:
        raise EngineError(f"no engine works on {place.device!r}: {'; '.join(reasons)}")
    return trials


def _same_answers(trials: dict[str, _Trial]) -> dict[str, _Trial]:
    """Leave out who does not agree with the plainest: eager torch, else ONNX Runtime."""
    plainest = next((name for name in ("eager", "onnx") if name in trials), next(iter(trials)))
    expected = trials[plainest].ask()
    found = {}
    for name, trial in trials.items():
        worst = _apart(trial.ask(), expected)
        if worst <= _TOLERANCE:  # false for NaN
            found[name] = trial
        else:
            _log.warning("engine %s is left out: its maps differ by %.3f", name, worst)
    if not found:
        raise EngineError(f"the engine {plainest!r} answers with something else than numbers")
    return found


def _apart(found: list[HeadMaps], expected: list[HeadMaps]) -> float:
    """The largest difference of scores or sizes; NaN where one is NaN."""
    differences = [
        np.abs(a - b).max()
        for maps, wanted in zip(found, expected, strict=True)
        for a, b in ((maps.score, wanted.score), (maps.size, wanted.size))
    ]
    return float(np.max(differences))  # Python's would lose NaN
