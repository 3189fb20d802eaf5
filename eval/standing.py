"""How one tracker stands on one benchmark: its scores, its speed, and what it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.manifest import Manifest, read_manifest
from eval.protocols import Scores, score
from eval.results import read_boxes
from eval.sequence import Sequence
from eval.store import boxes_file, frame_seconds, times_file


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


def standing(label: str, folder: Path, sequences: list[Sequence], protocol: str) -> Standing:
    """Score the results of a run; sequences without any are listed as dropped.

    Raises:
        ResultsError: there is no result at all, or one is damaged.
        ProtocolError: there is no such protocol.
    """
    names = [s.name for s in sequences if boxes_file(folder, s.name).is_file()]
    results = {name: read_boxes(boxes_file(folder, name)) for name in names}
    timed = [name for name in names if times_file(folder, name).is_file()]
    return Standing(
        label=label,
        scores=score(sequences, results, protocol, partial=True),
        speed=_speed(folder, timed),
        sequence_speed={
            name: speed for name in timed if (speed := _speed(folder, [name])) is not None
        },
        manifest=read_manifest(folder),
    )


def _speed(folder: Path, names: list[str]) -> Speed | None:
    """Summarise the times of some sequences; None where there are none."""
    milliseconds = frame_seconds(folder, names) * 1000
    if not len(milliseconds):
        return None
    median, p95 = np.percentile(milliseconds, [50, 95]).tolist()
    return Speed(median, p95, len(milliseconds))
