"""VOT long-term results: longterm/NAME/NAME_001.txt, with confidences and times beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping

from eval.errors import SubmissionError
from eval.regions import box_around
from eval.submission.lines import Lengths, shortened
from eval.submission.track import Track

FOLDER = "longterm"
_CODES = frozenset({"0", "1", "2"})


def members_of(tracks: Mapping[str, Track]) -> dict[str, str]:
    """Lay out the first run: "1" for the frame it was started on, then a rectangle a line.

    Raises:
        SubmissionError: a sequence has no scores, which the long-term measures are made of.
    """
    members = {}
    for name, track in tracks.items():
        if track.scores is None:
            raise SubmissionError(f"{name} has no scores; VOT long-term asks for confidences")
        rows = track.runs[0][1:].tolist()
        regions = [
            "0\n" if math.isnan(x) else f"{x:.4f},{y:.4f},{w:.4f},{h:.4f}\n" for x, y, w, h in rows
        ]
        stem = f"{FOLDER}/{name}/{name}"
        members[f"{stem}_001.txt"] = "1\n" + "".join(regions)
        scores = [f"{score:.6f}\n" for score in track.scores[1:].tolist()]
        members[f"{stem}_001_confidence.value"] = "\n" + "".join(scores)
        if track.seconds is not None:
            seconds = [f"{second:.6f}\n" for second in track.filled_seconds()[0].tolist()]
            members[f"{stem}_001_time.value"] = "".join(seconds)
    return members


def problems_of(members: Mapping[str, str], lengths: Lengths | None) -> list[str]:
    """List what VOT's toolkit would refuse."""
    trajectories = {path: text for path, text in members.items() if path.endswith("_001.txt")}
    problems = [] if trajectories else [f"expected {FOLDER}/NAME/NAME_001.txt, found no such file"]
    names = {path.rpartition("/")[2].removesuffix("_001.txt") for path in trajectories}
    problems += [f"{name} is missing" for name in sorted(set(lengths or {}) - names)]
    for path, text in trajectories.items():
        name = path.rpartition("/")[2].removesuffix("_001.txt")
        problems += trajectory_problems(path, text, (lengths or {}).get(name))
        beside = path.replace("_001.txt", "_001_confidence.value")
        if beside not in members:
            problems.append(f"{beside} is missing")
        elif len(members[beside].splitlines()) != len(text.splitlines()):
            problems.append(
                f"{beside}: {len(members[beside].splitlines())} lines for "
                f"{len(text.splitlines())} regions (the first one empty)"
            )
    return problems


def trajectory_problems(path: str, text: str, length: int | None) -> list[str]:
    """List what is wrong with a file of regions."""
    lines = text.splitlines()
    problems = []
    if not lines or lines[0].strip() != "1":
        problems.append(f"{path}:1: expected 1, which marks the frame the tracker was started on")
    if length is not None and len(lines) != length:
        problems.append(f"{path}: {len(lines)} regions for {length} frames")
    for number, line in enumerate(lines[1:], start=2):
        if not _is_region(line.strip()):
            problems.append(f"{path}:{number}: not a region: {line!r}")
    return shortened(problems)


def _is_region(line: str) -> bool:
    if line in _CODES:
        return True
    mask = line.startswith("m")
    try:
        numbers = [float(word) for word in line.removeprefix("m").split(",")]
        if not mask:
            box_around(numbers)
    except ValueError:
        return False
    return all(map(math.isfinite, numbers)) and (not mask or len(numbers) > 4)
