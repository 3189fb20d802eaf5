"""What a profile says: as data, as text, and frame by frame."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from apps.profile_entrants import STEPS, UPDATE, many_name
from apps.profile_options import ProfileOptions
from apps.profile_origin import origin, origin_lines
from apps.profile_run import Measured
from apps.profile_start import Start
from apps.profile_stats import Summary, header, row

FORMAT = 1
Report = dict[str, Any]  # what the JSON file holds


def report(options: ProfileOptions, measured: Measured, start: Start | None) -> Report:
    """Sum up a run, with everything that a comparison with another one needs to know."""
    contest = measured.contest
    others = [name for name in contest.times if name not in (STEPS, UPDATE)]
    alone = Summary.of(np.concatenate(contest.times[UPDATE]))
    return {
        "format": FORMAT,
        "kind": "tracker",
        **origin(),
        "settings": _settings(options, measured),
        "steps_ms": {
            name: Summary.of(seconds).values() for name, seconds in measured.steps.items()
        },
        "update_ms": {
            name: Summary.of(np.concatenate(rounds)).values()
            for name, rounds in contest.times.items()
        },
        "fps": round(1000 / alone.median, 1),
        "states": dict(measured.states),
        "rounds_ms": _rounds(measured),
        "ratios": {name: asdict(contest.ratio(UPDATE, name)) for name in others},
        "extra_target": _extra_target(options, measured),
        "start": None if start is None else start.values(),
        "energy": _energy(measured),
    }


def _settings(options: ProfileOptions, measured: Measured) -> Report:
    card = measured.model.card
    return {
        **asdict(options.model),
        "engine": measured.model.engine,  # what "auto" picked
        "weights": card.sha256[:12],
        "opencv_threads": cv2.getNumThreads(),
        "source": measured.name,
        "size": list(measured.size),
        "frames": measured.frames,
        "block": options.block,
    }


def _rounds(measured: Measured) -> dict[str, list[float]]:
    """The median of each round, for everything that was measured in rounds."""
    sizes = [len(block) for block in measured.contest.times[UPDATE]]
    ends = np.cumsum(sizes)[:-1]
    split = {name: np.split(seconds, ends) for name, seconds in measured.steps.items()}
    return {
        name: [round(float(np.median(each)) * 1000, 4) for each in rounds]
        for name, rounds in {**split, **measured.contest.times}.items()
    }


def _extra_target(options: ProfileOptions, measured: Measured) -> Report | None:
    """What each target beyond the first costs, as a share of the first, round by round."""
    if options.targets == 1:
        return None
    times = measured.contest.times
    shares = [
        (np.median(many) / np.median(one) - 1) / (options.targets - 1)
        for many, one in zip(times[many_name(options.targets)], times[UPDATE], strict=True)
    ]
    low, median, high = np.percentile(shares, [25, 50, 75]).tolist()
    return {"targets": options.targets, "median": median, "low": low, "high": high}


def _energy(measured: Measured) -> Report | None:
    if measured.meter is None:
        return None
    used = measured.contest.joules
    per_frame = {name: round(joules / measured.frames, 4) for name, joules in used.items()}
    return {"meter": measured.meter.name, "joules_per_frame": per_frame}


def describe(found: Mapping[str, Any]) -> str:
    """Put a report into words."""
    place, settings = found["machine"], found["settings"]
    width, height = settings["size"]
    threads = settings["threads"] or f"all {place['cores']}"
    lines = [
        f"{settings['model']} ({settings['weights']}) on {settings['engine']}"
        f"{' ' + settings['precision'] if settings['precision'] else ''}"
        f"{', full search' if settings['full_search'] else ''}, "
        f"{settings['device']}, threads: {threads}; OpenCV's: {settings['opencv_threads']}",
        *origin_lines(found),
        f"{settings['source']}, {width}x{height}: {settings['frames']} frames: "
        + ", ".join(f"{count} {state}" for state, count in found["states"].items()),
        "",
        header("step"),
        *(row(name, values) for name, values in found["steps_ms"].items()),
        "",
        header("whole"),
        *(row(name, values) for name, values in found["update_ms"].items()),
        "",
        f"{found['fps']:.1f} fps; crop and decode: {_overhead(found):.1%} of update",
        *_words(found),
    ]
    return "\n".join(lines)


def _overhead(found: Mapping[str, Any]) -> float:
    """Share of what is not the network's; of what is only done now and then, the mean counts."""
    steps = found["steps_ms"]
    rest = steps["crop"]["median"] + steps["decode"]["median"]
    return float(rest / (rest + steps["network"]["median"] + steps["remember"]["mean"]))


def _words(found: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, ratio in found["ratios"].items():
        spread = f"{ratio['low']:.2f}-{ratio['high']:.2f}"
        lines.append(f"update / {name}: {ratio['median']:.2f} (middle half of rounds: {spread})")
    if (extra := found["extra_target"]) is not None:
        spread = f"{extra['low']:.0%}-{extra['high']:.0%}"
        lines.append(
            f"each target beyond the first, at {extra['targets']}: {extra['median']:.0%} of the "
            f"first's time (middle half of rounds: {spread})"
        )
    if (start := found["start"]) is not None:
        memory = "unknown" if start["memory_mb"] is None else f"{start['memory_mb']:.0f} MB"
        lines.append(
            f"start: import {start['import_s']:.2f} s, load {start['load_s']:.2f} s, first box "
            f"{start['first_box_s']:.2f} s, together {start['total_s']:.2f} s; memory {memory}"
            + ("; torch was imported" if start["torch"] else "")
        )
    if (energy := found["energy"]) is not None:
        joules = energy["joules_per_frame"][UPDATE]
        lines.append(f"energy: {joules:.3f} J a frame in update ({energy['meter']})")
    else:
        lines.append("energy: this machine does not tell")
    return lines


def write_frames(path: Path, measured: Measured) -> None:
    """Write a CSV with a row a frame, in milliseconds."""
    whole = {name: np.concatenate(rounds) for name, rounds in measured.contest.times.items()}
    columns = {**measured.steps, **whole}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["frame", *(f"{name}_ms" for name in columns), "state", "score"])
        for index, estimate in enumerate(measured.estimates):
            times = (f"{seconds[index] * 1000:.4f}" for seconds in columns.values())
            writer.writerow([index, *times, estimate.state, f"{estimate.score:.4f}"])
