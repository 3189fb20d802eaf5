"""Where the time of a frame goes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

_RECENT = 30  # executions that count for a current rate
_KEPT = 50_000  # executions that count for the table: a camera may run for days


@dataclass(slots=True)
class _Step:
    """One step's durations, in seconds."""

    last: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))
    total_s: float = 0.0
    count: int = 0


class StepTimes:
    """Durations of named steps."""

    def __init__(self) -> None:
        """Nothing measured yet."""
        self._steps: dict[str, _Step] = {}

    @contextmanager
    def measure(self, step: str) -> Iterator[None]:
        """Measure what is done inside; also if it fails."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.add(step, time.perf_counter() - start)

    def add(self, step: str, seconds: float) -> None:
        """Count one execution of a step."""
        entry = self._steps.setdefault(step, _Step())
        entry.last.append(seconds)
        entry.total_s += seconds
        entry.count += 1

    @property
    def total_s(self) -> float:
        """Seconds in all steps together."""
        return sum(step.total_s for step in self._steps.values())

    def rate(self, step: str) -> float:
        """Executions per second of a step, by the median of its last ones; 0 before the first."""
        if step not in self._steps:
            return 0.0
        recent = list(islice(reversed(self._steps[step].last), _RECENT))
        return 1 / max(float(np.median(recent)), 1e-9)

    def table(self) -> str:
        """Return a table, longest first: median and 95th percentile in ms, share of all time."""
        total = max(self.total_s, 1e-9)
        lines = [f"{'step':<8}{'median ms':>11}{'p95 ms':>9}{'share':>8}{'count':>8}"]
        for name, step in sorted(self._steps.items(), key=lambda item: -item[1].total_s):
            median, p95 = np.percentile(step.last, [50, 95]) * 1000
            share = step.total_s / total
            lines.append(f"{name:<8}{median:>11.2f}{p95:>9.2f}{share:>8.1%}{step.count:>8}")
        return "\n".join(lines)
