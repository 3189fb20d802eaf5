"""Standings as plain data: what the JSON file holds and the page shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from eval.coverage import Coverage, coverage_of
from eval.protocols import PROTOCOLS
from eval.standing import Speed, Standing
from eval.uncertainty import intervals, paired

JsonObject = dict[str, Any]


def as_data(benchmark: str, standings: Sequence[Standing], official: int = 0) -> JsonObject:
    """Turn standings under one protocol and on the same sequences into what JSON can hold.

    Args:
        benchmark: its name.
        standings: of one tracker or more.
        official: number of sequences that the benchmark should have; 0 if that is free.

    Returns:
        benchmark, protocol and its title, values (names of the numbers, the one that ranks first),
        coverage (sequences that the numbers of all trackers are over, present, official), notes
        (lines that say that), mark (where some are lacking, how many of how many, to stand beside
        every number), thresholds of the curves, pairs (the best tracker against each other one) and
        for each tracker, the best first: overall numbers with 95 % intervals, the number scored and
        the mark of its own, number of results, speed, curves, sequences, attributes, dropped
        sequences, manifest.
    """
    name = standings[0].scores.protocol
    known = PROTOCOLS.get(name)
    numbers = [value for value in standings[0].scores.overall if value != "threshold"]
    numbers.sort(key=lambda value: value != "max_gm")  # by which OxUvA ranks
    best_first = sorted(standings, key=lambda s: s.scores.overall[numbers[0]], reverse=True)
    thresholds = {} if known is None else known.thresholds
    coverage = coverage_of(*(each.scores for each in standings), official=official)
    return {
        "benchmark": benchmark,
        "protocol": name,
        "protocol_title": name if known is None else known.title,
        "values": numbers,
        "coverage": dataclasses.asdict(coverage),
        "notes": _notes(coverage, standings),
        "mark": _mark(coverage),
        "thresholds": {curve: at.tolist() for curve, at in thresholds.items()},
        "pairs": [] if known is None else _pairs(best_first, numbers[0]),
        "trackers": {each.label: _tracker(each, official) for each in best_first},
    }


def _mark(coverage: Coverage) -> str:
    """Say how many of how many, where some are lacking."""
    return "" if coverage.whole else str(coverage)


def _notes(coverage: Coverage, standings: Sequence[Standing]) -> list[str]:
    """Say in lines how many sequences were scored and, if they differ, how many trackers have."""
    if len(standings) == 1 or all(each.results == coverage.present for each in standings):
        return [coverage.loudly()]
    common = len(standings[0].scores.sequences)
    counts = ", ".join(f"{each.label} has {each.results}" for each in standings)
    return [coverage.loudly(), f"common to all: {common}; {counts}"]


def _tracker(standing: Standing, official: int) -> JsonObject:
    """Turn one standing into plain data."""
    scores = standing.scores
    known = scores.protocol in PROTOCOLS
    coverage = coverage_of(scores, official=official)
    return {
        "overall": dict(scores.overall),
        "scored": coverage.scored,
        "mark": _mark(coverage),
        "results": standing.results,
        "intervals": intervals(scores) if known else {},
        "speed": _speed(standing.speed),
        "curves": {name: curve.tolist() for name, curve in scores.curves.items()},
        "sequences": {
            name: {
                **found.values,
                "frames": found.frames,
                "absent": found.absent,
                "speed": _speed(standing.sequence_speed.get(name)),
            }
            for name, found in scores.sequences.items()
        },
        "attributes": {name: dict(values) for name, values in scores.attributes.items()},
        "dropped": dict(scores.dropped),
        "manifest": _manifest(standing),
    }


def _pairs(best_first: list[Standing], value: str) -> list[JsonObject]:
    """Compare the best tracker with each of the others."""
    best = best_first[0]
    return [
        {
            "first": best.label,
            "second": other.label,
            "value": value,
            **dataclasses.asdict(paired(best.scores, other.scores, value)),
        }
        for other in best_first[1:]
    ]


def _speed(speed: Speed | None) -> JsonObject | None:
    """Turn a speed into plain data."""
    return None if speed is None else dataclasses.asdict(speed)


def _manifest(standing: Standing) -> JsonObject | None:
    """Copy the manifest without its list of sequences, which the scores have."""
    if standing.manifest is None:
        return None
    return {key: value for key, value in vars(standing.manifest).items() if key != "frames"}
