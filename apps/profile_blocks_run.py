"""Measure building blocks, stage by stage, all in the same contest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from apps.profile_block_kinds import FULL, FUSED, REDUCED, STRIDES, Block, blocks
from apps.profile_contest import Contest
from apps.profile_network_options import NetworkOptions
from apps.profile_network_report import Point, Report, head, head_lines, spread
from apps.profile_networks import Entrant, noise, open_engines, outcome, race, seeded
from eval.report_text import plain_table


def measure(options: NetworkOptions, stages: Sequence[int]) -> Report:
    """Let all blocks run in turns.

    Args:
        options: where and how often; `size` is that of the image whose maps they run on.
        stages: numbers, 1-4.

    Raises:
        EngineError: if the engine or the device cannot be used here.
    """
    with seeded():
        entrants = [_entrant(block, options) for stage in stages for block in blocks(stage)]
    facts = [_facts(block, entrant) for block, entrant in entrants]
    _add_deviations(facts)
    engines = open_engines([entrant for _, entrant in entrants], options)
    inputs = {entrant.name: entrant.inputs for _, entrant in entrants}
    contest = race(engines, inputs, batch=options.batch, runs=options.runs, rounds=options.rounds)
    rows = [
        {**each, **outcome(contest, each, _baseline(each), batch=options.batch)} for each in facts
    ]
    return {**head("blocks", options), "rows": rows, "early_late": _early_late(contest, facts)}


def _entrant(block: Block, options: NetworkOptions) -> tuple[Block, Entrant]:
    width, height = (side // STRIDES[block.stage - 1] for side in options.size)
    return block, Entrant(block.name, block.network.eval(), noise(1, block.channels, height, width))


def _facts(block: Block, entrant: Entrant) -> dict[str, Any]:
    height, width = entrant.inputs.shape[-2:]
    place = {"kind": block.kind, "stage": block.stage, "channels": block.channels}
    return {**entrant.facts(), **place, "width": width, "height": height}


def _add_deviations(facts: Sequence[dict[str, Any]]) -> None:
    """How far each convolution's MACs are from those of the first, a fused MBConv, as a share."""
    budget = facts[0]["macs"]
    for each in facts:
        free = each["kind"] in (FULL, REDUCED)
        each["deviation"] = None if free else round(each["macs"] / budget - 1, 6)


def _baseline(facts: Mapping[str, Any]) -> str:
    """Attention at half the resolution is held against the full one, the rest against fused."""
    kind = FULL if facts["kind"] in (FULL, REDUCED) else FUSED
    return f"{kind}, stage {facts['stage']}"


def _early_late(contest: Contest[int], facts: Sequence[Mapping[str, Any]]) -> Report:
    """How many times as long each kind of convolution takes in the earliest stage as in the last.

    The MACs are the same. Those of attentions are not, so they are left out.
    """
    found = {}
    for kind in dict.fromkeys(each["kind"] for each in facts):
        names = [each["name"] for each in facts if each["kind"] == kind]
        if kind not in (FULL, REDUCED) and len(names) > 1:
            found[kind] = asdict(contest.ratio(names[0], names[-1]))
    return found


def describe(found: Mapping[str, Any]) -> str:
    """Put a report into words."""
    header = ("block", "map", "channels", "M MACs", "off", "ms", "p95", "GMAC/s", "of", "time")
    lines = [
        *head_lines(found),
        f"batch {found['settings']['batch']}, {found['settings']['runs']} runs a turn; "
        "the widths of convolutions are solved for equal MACs, 'off' is what remains",
        "",
        plain_table([header, *(_cells(row) for row in found["rows"])]),
        "time: as many times that of the block under 'of', same stage (middle half of rounds)",
        *_early_late_lines(found),
    ]
    return "\n".join(lines)


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        row["name"],
        f"{row['width']}x{row['height']}",
        str(row["channels"]),
        f"{row['macs'] / 1e6:.2f}",
        "" if row["deviation"] is None else f"{row['deviation']:+.2%}",
        f"{row['ms']['median']:.3f}",
        f"{row['ms']['p95']:.3f}",
        f"{row['gmacs_per_second']:.1f}",
        row["baseline"].partition(", stage")[0],
        spread(row["ratio"]),
    )


def _early_late_lines(found: Mapping[str, Any]) -> Iterator[str]:
    stages = [row["stage"] for row in found["rows"]]
    for kind, ratio in found["early_late"].items():
        yield f"{kind}: stage {stages[0]} / stage {stages[-1]}: {spread(ratio)}"


def panels(found: Mapping[str, Any]) -> dict[str, list[Point]]:
    """Points for the picture, labelled with the stage's number."""
    points = [
        Point(str(row["stage"]), row["kind"], row["macs"], row["ms"]["median"] / row["batch"])
        for row in found["rows"]
    ]
    return {"one input of a block; numbers are stages": points}
