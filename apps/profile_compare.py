"""Two profiles side by side: of two commits, machines, engines or models."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from apps.command import CommandError
from apps.profile_report import FORMAT

_RESAMPLED = 2000


def read_report(path: Path) -> Mapping[str, Any]:
    """Read what `profile tracker --json` wrote.

    Raises:
        CommandError: if it is no such file.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        fits = (found["kind"], found["format"]) == ("tracker", FORMAT) and found["rounds_ms"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{path} is no profile of a tracker: {error!r}") from error
    if not fits:
        raise CommandError(f"{path} is no profile of a tracker in format {FORMAT}")
    report: Mapping[str, Any] = found
    return report


def compare(first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    """Say what differs between two runs, and how much longer each part takes in the second."""
    lines = [f"{name}: {a} -> {b}" for name, a, b in _differences(first, second)]
    lines.append(f"{'':<16}{'A ms':>9}{'B ms':>9}{'B / A':>9}   (90 % interval)")
    for name, times in first["rounds_ms"].items():
        if name in second["rounds_ms"]:
            others = second["rounds_ms"][name]
            a, b = _median_ms(first, name), _median_ms(second, name)
            ratio, (low, high) = np.median(others) / np.median(times), interval(times, others)
            lines.append(f"{name:<16}{a:>9.2f}{b:>9.2f}{ratio:>9.2f}   ({low:.2f}-{high:.2f})")
    lines.append("A, B: median of all frames, as in each run's own table; B / A: by rounds")
    return "\n".join(lines)


def _median_ms(found: Mapping[str, Any], name: str) -> float:
    """The median of a step or a whole over all frames, as `profile_report.describe` shows it."""
    summaries = {**found["steps_ms"], **found["update_ms"]}
    return float(summaries[name]["median"])


def interval(times: Sequence[float], others: Sequence[float]) -> tuple[float, float]:
    """A 90 % bootstrap interval of the ratio of medians, others / times, over rounds."""
    rng = np.random.default_rng(0)
    a, b = (
        np.median(rng.choice(np.asarray(each), (_RESAMPLED, len(each))), axis=1)
        for each in (times, others)
    )
    low, high = np.percentile(b / a, [5, 95]).tolist()
    return low, high


def _differences(
    first: Mapping[str, Any], second: Mapping[str, Any]
) -> Iterator[tuple[str, object, object]]:
    """Everything that was not the same in the two runs, times apart."""
    flat = [
        {"commit": run["commit"][:12], **run["machine"], **run["versions"], **run["settings"]}
        for run in (first, second)
    ]
    for name in flat[0] | flat[1]:
        a, b = (each.get(name, "none") for each in flat)
        if a != b:
            yield name, a, b
