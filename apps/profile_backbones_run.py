"""Measure backbones: one image at a time, then many at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from apps.command import CommandError
from apps.profile_engines import Engine
from apps.profile_network_options import NetworkOptions
from apps.profile_network_report import Point, Report, head, head_lines, spread
from apps.profile_networks import Entrant, noise, open_engines, outcome, race, seeded
from apps.profile_peers import Part, open_network, timm_version
from backbones import VARIANTS, Classifier, LowFormer
from eval.report_text import plain_table


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Who takes part."""

    variants: Sequence[str] | None  # of LowFormer; None: all
    peers: Sequence[str]  # of timm
    part: Part


def measure(options: NetworkOptions, field: Field) -> Report:
    """Let all networks run in turns; the first is what the others are compared with.

    Args:
        options: where and how often; `batch` is for the throughput, latency is that of one image.
        field: who takes part.

    Raises:
        TrackerError: if there is no such network, engine or device.
    """
    facts, inputs, engines = _opened(options, field)
    first = facts[0]["name"]

    def results(batch: int, runs: int) -> list[dict[str, Any]]:
        contest = race(engines, inputs, batch=batch, runs=runs, rounds=options.rounds)
        return [outcome(contest, each, first, batch=batch) for each in facts]

    # many images at once take long enough to be measured one by one
    found = results(1, options.runs), results(options.batch, 1)
    rows = [
        {**each, "latency": latency, "throughput": throughput}
        for each, latency, throughput in zip(facts, *found, strict=True)
    ]
    report = {**head("backbones", options), "rows": rows}
    report["settings"]["part"] = field.part
    if field.peers:
        report["versions"]["timm"] = timm_version()
    return report


def _opened(
    options: NetworkOptions, field: Field
) -> tuple[list[dict[str, Any]], dict[str, Tensor], dict[str, Engine]]:
    """Facts, inputs and engines; networks that an engine has taken over are not kept beside it."""
    with seeded():
        entrants = list(_entrants(options, field))
    facts = [{**each.facts(), "origin": origin} for origin, each in entrants]
    inputs = {each.name: each.inputs for _, each in entrants}
    return facts, inputs, open_engines([each for _, each in entrants], options)


def _entrants(options: NetworkOptions, field: Field) -> Iterator[tuple[str, Entrant]]:
    """Every network once, with its origin."""
    width, height = options.size
    image = noise(1, 3, height, width)
    for name in dict.fromkeys(VARIANTS if field.variants is None else field.variants):
        if name not in VARIANTS:
            raise CommandError(f"no variant {name!r} of LowFormer: there are {', '.join(VARIANTS)}")
        config = VARIANTS[name]
        ours = LowFormer(config) if field.part == "backbone" else Classifier(config)
        yield "LowFormer", Entrant(name, ours.eval(), image)
    for name in dict.fromkeys(field.peers):
        yield "timm", Entrant(f"timm {name}", open_network(name, field.part, image), image)


def describe(found: Mapping[str, Any]) -> str:
    """Put a report into words."""
    settings, rows = found["settings"], found["rows"]
    header = ("", "M params", "M MACs", "ms", "p95", "GMAC/s", "time", "images/s", "GMAC/s", "time")
    first = rows[0]["name"]
    lines = [
        *head_lines(found),
        f"{settings['part']}; left: one image at a time, {settings['runs']} runs a turn; "
        f"right: {settings['batch']} at once",
        "",
        plain_table([header, *(_cells(row) for row in rows)]),
        f"time: as many times that of {first} (middle half of rounds)",
    ]
    return "\n".join(lines)


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    latency, throughput = row["latency"], row["throughput"]
    return (
        row["name"],
        f"{row['parameters'] / 1e6:.2f}",
        f"{row['macs'] / 1e6:.0f}",
        f"{latency['ms']['median']:.2f}",
        f"{latency['ms']['p95']:.2f}",
        f"{latency['gmacs_per_second']:.1f}",
        spread(latency["ratio"]),
        f"{throughput['per_second']:.1f}",
        f"{throughput['gmacs_per_second']:.1f}",
        spread(throughput["ratio"]),
    )


def panels(found: Mapping[str, Any]) -> dict[str, list[Point]]:
    """Points for the picture: latency, and time for an image among many."""
    return {
        title: [
            Point(
                row["name"].removeprefix("timm "),
                row["origin"],
                row["macs"],
                row[name]["ms"]["median"] / row[name]["batch"],
            )
            for row in found["rows"]
        ]
        for name, title in (
            ("latency", "one image at a time"),
            ("throughput", f"an image of {found['settings']['batch']} at once"),
        )
    }
