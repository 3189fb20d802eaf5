"""Standings as plain data: what the JSON file holds and the page shows."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from eval.protocols import lookup
from eval.standing import Speed, Standing

JsonObject = dict[str, Any]


def as_data(benchmark: str, standings: Sequence[Standing]) -> JsonObject:
    """Turn standings under one protocol into what JSON can hold.

    Returns:
        benchmark, protocol and its title, thresholds of its curves, and for each tracker overall
        numbers, speed in milliseconds, curves, sequences, attributes, dropped sequences, manifest.
    """
    protocol = lookup(standings[0].scores.protocol)
    return {
        "benchmark": benchmark,
        "protocol": protocol.name,
        "protocol_title": protocol.title,
        "thresholds": {name: at.tolist() for name, at in protocol.thresholds.items()},
        "trackers": {each.label: _tracker(each) for each in standings},
    }


def as_json(data: JsonObject) -> str:
    """Write data as JSON text; numbers that are none become null."""
    return json.dumps(_without_nan(data), indent=1, allow_nan=False) + "\n"


def _tracker(standing: Standing) -> JsonObject:
    """Turn one standing into plain data."""
    scores = standing.scores
    return {
        "overall": dict(scores.overall),
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


def _speed(speed: Speed | None) -> JsonObject | None:
    """Turn a speed into plain data."""
    return None if speed is None else dataclasses.asdict(speed)


def _manifest(standing: Standing) -> JsonObject | None:
    """Copy the manifest without its list of sequences, which the scores have."""
    if standing.manifest is None:
        return None
    return {key: value for key, value in vars(standing.manifest).items() if key != "frames"}


def _without_nan(value: Any) -> Any:  # whatever JSON can hold
    """Replace NaN by None, however deep."""
    if isinstance(value, Mapping):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124
