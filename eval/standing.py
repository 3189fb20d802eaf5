"""How one tracker stands on one benchmark: its scores, its speed, and what it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.manifest import Manifest, read_manifest
from eval.protocols import Scores
from eval.result_folders import AUTO, read_times
from eval.score import score_sequences
from eval.sequence import Sequence

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Speed:
    """Time per update, reading of pictures left out.

    Attributes:
        median_ms: the middle of all updates.
        p95_ms: 95 % of the updates took less.
        frames: number of updates timed.
    """

    median_ms: float
    p95_ms: float
    frames: int


@dataclass(frozen=True, eq=False)
class Standing:
    """All there is to say of one tracker on one benchmark.

    Attributes:
        label: its name.
        scores: what the protocol says of it.
        speed: over all sequences; None where no times were written.
        sequence_speed: sequence -> speed, for those with times.
        manifest: what made the results; None for results that came as files.
    """

    label: str
    scores: Scores
    speed: Speed | None
    sequence_speed: Mapping[str, Speed]
    manifest: Manifest | None


def standing(
    label: str, folder: Path, sequences: list[Sequence], protocol: str, style: str = AUTO
) -> Standing:
    """Score a tracker's results; sequences without any are listed as dropped.

    Args:
        label: its name in the report.
        folder: its results, of a run here or from another framework.
        sequences: the benchmark.
        protocol: a name of `eval.protocols.PROTOCOLS` or `eval.longterm.LONG_TERM`.
        style: of the results, see `eval.result_folders`.

    Raises:
        ResultsError: there is no result at all, or one is damaged.
        ProtocolError: there is no such protocol.
    """
    scores = score_sequences(sequences, folder, protocol, style=style, partial=True)
    times = read_times(folder, scores.sequences, style)
    speeds = {name: _speed([seconds]) for name, seconds in times.items()}
    return Standing(
        label=label,
        scores=scores,
        speed=_speed(times.values()),
        sequence_speed={name: speed for name, speed in speeds.items() if speed is not None},
        manifest=read_manifest(folder),
    )


def _speed(times: Iterable[Floats]) -> Speed | None:
    """Summarise seconds per frame; the first frame is no update, dropped frames have no time."""
    seconds = np.concatenate([np.empty(0), *(each[1:] for each in times)])
    milliseconds = 1000 * seconds[~np.isnan(seconds)]
    if not len(milliseconds):
        return None
    median, p95 = np.percentile(milliseconds, [50, 95]).tolist()
    return Speed(median, p95, len(milliseconds))
