"""What is said of a row of durations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from apps.profile_contest import Floats


@dataclass(frozen=True, slots=True)
class Summary:
    """Milliseconds."""

    median: float
    p95: float
    p99: float
    jitter: float  # mean change from one frame to the next
    mean: float

    @classmethod
    def of(cls, seconds: Floats | Sequence[float]) -> Summary:
        """Summarise durations in the order in which they were measured.

        Raises:
            ValueError: if there are none.
        """
        ms = np.asarray(seconds, dtype=np.float64) * 1000
        if not ms.size:
            raise ValueError("no durations to summarise")
        median, p95, p99 = np.percentile(ms, [50, 95, 99]).tolist()
        jitter = float(np.abs(np.diff(ms)).mean()) if ms.size > 1 else 0.0
        return cls(median, p95, p99, jitter, float(ms.mean()))

    def values(self) -> dict[str, float]:
        """By name, rounded to microseconds."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


COLUMNS = ("median", "p95", "p99", "jitter")


def header(label: str) -> str:
    """The first line of a table of summaries."""
    return f"{label:<16}" + "".join(f"{name + ' ms':>11}" for name in COLUMNS)


def row(label: str, values: dict[str, float]) -> str:
    """A line of it."""
    return f"{label:<16}" + "".join(f"{values[name]:>11.2f}" for name in COLUMNS)
