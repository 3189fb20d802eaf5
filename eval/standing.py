"""How trackers stand on one benchmark: their scores, their speed, and what they were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.errors import ResultsError
from eval.manifest import Manifest, read_manifest
from eval.protocols import Scores
from eval.result_folders import names_in, read_times
from eval.score import check_truth, score_sequences
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
        scores: what the protocol says of it, on the sequences that all trackers have.
        results: number of the benchmark's sequences that it has results for.
        speed: over the sequences scored; None where no times were written.
        sequence_speed: sequence -> speed, for those with times.
        manifest: what made the results; None for results that came as files.
    """

    label: str
    scores: Scores
    results: int
    speed: Speed | None
    sequence_speed: Mapping[str, Speed]
    manifest: Manifest | None


def standings(
    folders: Mapping[str, Path], sequences: list[Sequence], protocol: str
) -> list[Standing]:
    """Score trackers on the sequences that all of them have; the others are listed as dropped.

    Args:
        folders: label -> the tracker's results, of a run here or from another framework.
        sequences: the benchmark.
        protocol: a name of `eval.protocols.PROTOCOLS` or `eval.longterm.LONG_TERM`.

    Raises:
        BenchmarkError: only first frames are annotated.
        ResultsError: no sequence has results of all trackers, or a result is damaged.
        ProtocolError: there is no such protocol.
    """
    check_truth(sequences)
    names = [sequence.name for sequence in sequences]
    found = {label: set(names_in(folder, names)) for label, folder in folders.items()}
    lacking = {name: [label for label in found if name not in found[label]] for name in names}
    common = [sequence for sequence in sequences if not lacking[sequence.name]]
    if not common:
        counts = ", ".join(f"{label} has {len(each)}" for label, each in found.items())
        raise ResultsError(f"no sequence with a result of every tracker: {counts} of {len(names)}")
    scored = {label: score_sequences(common, folder, protocol) for label, folder in folders.items()}
    return [
        _standing(label, folders[label], _with_reasons(label, scores, lacking), len(found[label]))
        for label, scores in scored.items()
    ]


def _with_reasons(label: str, scores: Scores, lacking: Mapping[str, list[str]]) -> Scores:
    """Add the sequences that some trackers lack to those that were dropped."""
    reasons = {
        name: "no result" if label in without else f"no result of {', '.join(without)}"
        for name, without in lacking.items()
        if without
    }
    return replace(scores, dropped={**reasons, **scores.dropped})


def _standing(label: str, folder: Path, scores: Scores, results: int) -> Standing:
    """Add to scores what the folder of the results says of speed and origin."""
    times = read_times(folder, scores.sequences)
    speeds = {name: _speed([seconds]) for name, seconds in times.items()}
    return Standing(
        label=label,
        scores=scores,
        results=results,
        speed=_speed(times.values()),
        sequence_speed={name: speed for name, speed in speeds.items() if speed is not None},
        manifest=read_manifest(folder),
    )


def _speed(times: Iterable[Floats]) -> Speed | None:
    """Summarise seconds per frame, of all runs; the first is no update, dropped ones have none."""
    seconds = np.concatenate([np.empty(0), *(each[..., 1:].ravel() for each in times)])
    milliseconds = 1000 * seconds[~np.isnan(seconds)]
    if not len(milliseconds):
        return None
    median, p95 = np.percentile(milliseconds, [50, 95]).tolist()
    return Speed(median, p95, len(milliseconds))
