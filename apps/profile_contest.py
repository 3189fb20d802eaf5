"""Measure contestants in turns, so that a machine that slows down slows all of them alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Material = TypeVar("Material")
Turn = Callable[[Material], Sequence[float]]  # does the work, returns what each piece took, seconds

_REST_S = 0.02  # thread pools go on spinning for a while, on the core of whoever comes next


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as long one contestant took as another, over the rounds of one contest."""

    median: float
    low: float  # a quarter of the rounds lie below
    high: float  # a quarter lie above
    rounds: int


def ratio(times: Sequence[Floats], others: Sequence[Floats]) -> Ratio:
    """Compare two contestants round by round, by their medians in each.

    Raises:
        ValueError: if they have not had the same number of rounds, or none.
    """
    each = [np.median(a) / np.median(b) for a, b in zip(times, others, strict=True)]
    if not each:
        raise ValueError("there is nothing to compare before the first round")
    low, median, high = np.percentile(each, [25, 50, 75]).tolist()
    return Ratio(median, low, high, len(each))


class Contest(Generic[Material]):
    """Rounds in which every contestant has one turn; who begins is another each time."""

    def __init__(
        self,
        turns: Mapping[str, Turn[Material]],
        *,
        joules: Callable[[], float] | None = None,
        rest_s: float = _REST_S,
    ) -> None:
        """Bring the contestants together.

        Args:
            turns: by name; each is called once a round.
            joules: reads a meter of energy; None where there is none.
            rest_s: seconds of quiet before each turn.
        """
        self._turns = dict(turns)
        self._joules = joules
        self._rest_s = rest_s
        self.times: dict[str, list[Floats]] = {name: [] for name in turns}  # seconds, by round
        self.joules: dict[str, float] = dict.fromkeys(turns, 0.0)  # in all rounds together

    def round(self, material: Material) -> None:
        """Give everyone the same work once."""
        names = list(self._turns)
        first = len(self.times[names[0]]) % len(names)
        for name in names[first:] + names[:first]:
            time.sleep(self._rest_s)
            before = self._joules() if self._joules is not None else 0.0
            seconds = self._turns[name](material)
            if self._joules is not None:
                self.joules[name] += self._joules() - before
            self.times[name].append(np.asarray(seconds, dtype=np.float64))

    def ratio(self, name: str, other: str) -> Ratio:
        """How many times as long `name` took as `other`."""
        return ratio(self.times[name], self.times[other])


def timed(work: Callable[[], object]) -> float:
    """Seconds that a piece of work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
