"""From a benchmark and a folder of results to numbers, and the file that keeps them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from eval import benchmarks, mot
from eval.errors import BenchmarkError, ProtocolError
from eval.json_text import as_json
from eval.longterm import LONG_TERM
from eval.protocols import PROTOCOLS, Scores, SequenceScore, score
from eval.result_folders import AUTO, read_results, read_scores
from eval.sequence import Sequence
from eval.textfile import write_text
from eval.uncertainty import intervals

SEVERAL_TARGETS = "mot"


def protocol_names() -> tuple[str, ...]:
    """Name every protocol that `score_folder` takes."""
    return (*PROTOCOLS, *LONG_TERM, SEVERAL_TARGETS)


def score_folder(
    benchmark: str,
    root: Path | None,
    results: Path,
    protocol: str | None = None,
    split: str | None = None,
    *,
    style: str = AUTO,
    partial: bool = False,
) -> Scores:
    """Score one tracker's folder of results on a benchmark; no pictures are needed.

    Args:
        benchmark: a name of `eval.benchmarks.BENCHMARKS`.
        root: where it lies; None asks LOWTRACK_DATA.
        results: the folder with the tracker's files.
        protocol: a name of `protocol_names()`; None takes the benchmark's own.
        split: a part of the benchmark; None takes its default.
        style: a name of `eval.result_folders.STYLES`, or "auto".
        partial: leave sequences without a result out, and list them, instead of failing.

    Raises:
        BenchmarkError: the data are not as expected, or only first frames are annotated.
        ProtocolError: there is no such protocol, or it needs what is not installed.
        ResultsError: a result is missing, damaged, or cannot be scored by this protocol.
    """
    protocol = protocol or benchmarks.lookup(benchmark).protocol
    if protocol not in protocol_names():
        raise ProtocolError(f"no protocol {protocol!r}; there are: {', '.join(protocol_names())}")
    if protocol == SEVERAL_TARGETS:
        place = benchmarks.find_root(benchmark, root)
        return mot.score_targets(place, results, split, partial=partial)
    sequences = benchmarks.read(benchmark, root, split)
    check_truth(sequences)
    return score_sequences(sequences, results, protocol, style=style, partial=partial)


def score_sequences(
    sequences: list[Sequence],
    results: Path,
    protocol: str,
    *,
    style: str = AUTO,
    partial: bool = False,
) -> Scores:
    """Score one tracker's folder of results on sequences of one target.

    Args:
        sequences: what was to be tracked.
        results: the folder with the tracker's files.
        protocol: a name of `eval.protocols.PROTOCOLS` or `eval.longterm.LONG_TERM`.
        style: a name of `eval.result_folders.STYLES`, or "auto".
        partial: leave sequences without a result out, and list them, instead of failing.

    Raises:
        ProtocolError: there is no such protocol.
        ResultsError: a result is missing, damaged, or cannot be scored by this protocol.
    """
    names = [sequence.name for sequence in sequences]
    boxes = read_results(results, names, style)
    if protocol not in LONG_TERM:
        return score(sequences, boxes, protocol, partial=partial)
    dropped = {name: "no result" for name in names if partial and name not in boxes}
    kept = [sequence for sequence in sequences if sequence.name not in dropped]
    scores = LONG_TERM[protocol](kept, boxes, read_scores(results, names, style))
    return replace(scores, dropped=dropped)


def check_truth(sequences: Collection[Sequence]) -> None:
    """See that there is more than first frames to compare results with, in a whole benchmark.

    Raises:
        BenchmarkError: only first frames are annotated.
    """
    told = "only the first frames are annotated, so there is nothing to score"
    if is_hidden(sequences):
        raise BenchmarkError(
            f"{told}: `evaluate pack` packs results for the server that knows the truth"
        )
    if _first_only(sequences):
        raise BenchmarkError(told)


def check_annotations(sequences: Iterable[Sequence], protocol: str) -> None:
    """See that a protocol takes the annotations, before there are results.

    Raises:
        ResultsError: it refuses one.
    """
    if protocol in PROTOCOLS:
        for each in sequences:
            PROTOCOLS[protocol].check(each)


def is_hidden(sequences: Collection[Sequence]) -> bool:
    """Tell whether a server keeps the truth of a whole benchmark: no plain folder has one."""
    return _first_only(sequences) and all(each.benchmark != "folder" for each in sequences)


def _first_only(sequences: Iterable[Sequence]) -> bool:
    """Tell whether only first frames are annotated."""
    return not any(np.isfinite(each.truth[1:]).all(axis=1).any() for each in sequences)


def as_dict(scores: Scores) -> dict[str, Any]:
    """Turn scores into what is written as JSON.

    Its keys: protocol, overall, intervals (95 %; None for a single sequence, none at all for
    long-term protocols and several targets), thresholds, curves, attributes, dropped and sequences;
    a sequence has frames, absent, values, and its curves by name.
    """
    known = scores.protocol in PROTOCOLS
    return {
        "protocol": scores.protocol,
        "overall": dict(scores.overall),
        "intervals": intervals(scores) if known else {},
        "thresholds": {name: points.tolist() for name, points in scores.thresholds.items()},
        "curves": {name: curve.tolist() for name, curve in scores.curves.items()},
        "attributes": {name: dict(values) for name, values in scores.attributes.items()},
        "dropped": dict(scores.dropped),
        "sequences": {name: _sequence(each) for name, each in scores.sequences.items()},
    }


def _sequence(scored: SequenceScore) -> dict[str, Any]:
    """Put curves under their names, and numbers too where no curve has the same name."""
    curves = {name: curve.tolist() for name, curve in scored.curves.items()}
    counts = {"frames": scored.frames, "absent": scored.absent}
    return {**counts, **scored.values, **curves, "values": dict(scored.values)}


def write_scores(path: Path, scores: Scores, about: Mapping[str, Any] | None = None) -> None:
    """Write scores as JSON, whole or not at all.

    Args:
        path: the file.
        scores: what to write.
        about: more keys for the top of the file, such as benchmark and tracker.
    """
    write_text(path, as_json({**(about or {}), **as_dict(scores)}))
