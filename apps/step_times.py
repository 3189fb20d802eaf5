"""Where the time of a frame goes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

_RECENT = 30  # executions that count for a current rate


class StepTimes:
    """Durations of named steps, in seconds."""

    def __init__(self) -> None:
        """Nothing measured yet."""
        self._seconds: defaultdict[str, list[float]] = defaultdict(list)

    @contextmanager
    def measure(self, step: str) -> Iterator[None]:
        """Measure what is done inside; also if it fails."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self._seconds[step].append(time.perf_counter() - start)

    @property
    def total_s(self) -> float:
        """Time in all steps together."""
        return sum(sum(seconds) for seconds in self._seconds.values())

    def rate(self, step: str) -> float:
        """Executions per second of a step, by the median of its last ones; 0 before the first."""
        recent = self._seconds.get(step, [])[-_RECENT:]
        return 1 / max(float(np.median(recent)), 1e-9) if recent else 0.0

    def table(self) -> str:
        """Return a table of median and 95th percentile in ms, and the share of all time."""
        total = max(self.total_s, 1e-9)
        lines = [f"{'step':<8}{'median ms':>11}{'p95 ms':>9}{'share':>8}{'count':>8}"]
        for step, seconds in self._seconds.items():
            median, p95 = np.percentile(seconds, [50, 95]) * 1000
            share = sum(seconds) / total
            lines.append(f"{step:<8}{median:>11.2f}{p95:>9.2f}{share:>8.1%}{len(seconds):>8}")
        return "\n".join(lines)
