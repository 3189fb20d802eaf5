"""What reports on networks have in common: the head, tables and the CSV file."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from apps.profile_network_options import NetworkOptions
from apps.profile_origin import origin, origin_lines

FORMAT = 1
Report = dict[str, Any]  # what the JSON file holds


class Point(NamedTuple):
    """A network in the picture of time against MACs."""

    label: str  # written beside it
    group: str  # has one colour and one line in the legend
    macs: int
    ms: float  # for one input


def head(kind: str, options: NetworkOptions) -> Report:
    """Where a report comes from, and how it was measured."""
    return {
        "format": FORMAT,
        "kind": kind,
        **origin(),
        "settings": {
            "engine": options.engine,
            "device": options.device,
            "threads": options.threads,
            "size": list(options.size),
            "batch": options.batch,
            "rounds": options.rounds,
            "runs": options.runs,
        },
    }


def head_lines(found: Mapping[str, Any]) -> list[str]:
    """Put the head into words."""
    settings = found["settings"]
    width, height = settings["size"]
    threads = settings["threads"] or f"all {found['machine']['cores']}"
    return [
        f"{settings['engine']}, {settings['device']}, threads: {threads}; image {width}x{height}; "
        f"{settings['rounds']} rounds in turns; float32, random weights; {found['date']}",
        *origin_lines(found),
    ]


def spread(ratio: Mapping[str, Any]) -> str:
    """A ratio with the middle half of its rounds."""
    return f"{ratio['median']:.2f} ({ratio['low']:.2f}-{ratio['high']:.2f})"


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a row a contestant; what is nested gets its path as a name, lists are left out."""
    flat = [dict(_flat(row, "")) for row in rows]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(flat[0]))
        writer.writeheader()
        writer.writerows(flat)


def _flat(row: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}_")
        elif not isinstance(value, list):
            yield prefix + name, value
