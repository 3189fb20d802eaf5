"""Standings as plain data: what the JSON file holds and the page shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from eval.protocols import PROTOCOLS
from eval.standing import Speed, Standing
from eval.uncertainty import intervals, paired

JsonObject = dict[str, Any]


def as_data(benchmark: str, standings: Sequence[Standing]) -> JsonObject:
    """Turn standings under one protocol into what JSON can hold.

    Returns:
        benchmark, protocol and its title, values (names of the numbers, the one that ranks first),
        thresholds of the curves, pairs (the best tracker against each other one) and for each
        tracker, the best first: overall numbers with 95 % intervals, speed, curves, sequences,
        attributes, dropped sequences, manifest.
    """
    name = standings[0].scores.protocol
    known = PROTOCOLS.get(name)
    numbers = [value for value in standings[0].scores.overall if value != "threshold"]
    numbers.sort(key=lambda value: value != "max_gm")  # by which OxUvA ranks
    best_first = sorted(standings, key=lambda s: s.scores.overall[numbers[0]], reverse=True)
    thresholds = {} if known is None else known.thresholds
    return {
        "benchmark": benchmark,
        "protocol": name,
        "protocol_title": name if known is None else known.title,
        "values": numbers,
        "thresholds": {curve: at.tolist() for curve, at in thresholds.items()},
        "pairs": [] if known is None else _pairs(best_first, numbers[0]),
        "trackers": {each.label: _tracker(each) for each in best_first},
    }


def _tracker(standing: Standing) -> JsonObject:
    """Turn one standing into plain data."""
    scores = standing.scores
    known = scores.protocol in PROTOCOLS
    return {
        "overall": dict(scores.overall),
        "intervals": {key: list(ends) for key, ends in intervals(scores).items()} if known else {},
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
    """Compare the best tracker with each of the others that ran on the same sequences."""
    best = best_first[0]
    return [
        {
            "first": best.label,
            "second": other.label,
            "value": value,
            **dataclasses.asdict(paired(best.scores, other.scores, value)),
        }
        for other in best_first[1:]
        if list(other.scores.sequences) == list(best.scores.sequences)
    ]


def _speed(speed: Speed | None) -> JsonObject | None:
    """Turn a speed into plain data."""
    return None if speed is None else dataclasses.asdict(speed)


def _manifest(standing: Standing) -> JsonObject | None:
    """Copy the manifest without its list of sequences, which the scores have."""
    if standing.manifest is None:
        return None
    return {key: value for key, value in vars(standing.manifest).items() if key != "frames"}
