"""Checks of single text files, in words that say which line of which file is wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping

Lengths = Mapping[str, int | None]
"""Name of each sequence that a server expects -> its number of frames, None where unknown."""

MANY = 20


def rows_of(name: str, text: str, columns: int) -> tuple[list[list[float]], list[str]]:
    """Read comma-separated rows and list what is wrong with them; wrong rows are left out."""
    rows, problems = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        words = [word.strip() for word in line.split(",")]
        if len(words) != columns:
            problems.append(
                f"{name}:{number}: expected {columns} numbers separated by commas, got {line!r}"
            )
            continue
        try:
            values = [float(word) for word in words]
        except ValueError:
            values = [math.nan]
        if all(map(math.isfinite, values)):
            rows.append(values)
        else:
            problems.append(f"{name}:{number}: not {columns} finite numbers: {line!r}")
    if not text.strip():
        problems.append(f"{name}: empty")
    return rows, problems


def boxes_problems(name: str, text: str, length: int | None) -> list[str]:
    """List what is wrong with a file of x,y,w,h rows, of which there should be `length`."""
    rows, problems = rows_of(name, text, 4)
    problems += [
        f"{name}: box {number} has a side that is not positive"
        for number, (_, _, w, h) in enumerate(rows, start=1)
        if w <= 0 or h <= 0
    ]
    count = len(text.splitlines())
    if length is not None and count != length:
        problems.append(f"{name}: {count} boxes for {length} frames")
    return shortened(problems)


def flat_files(members: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """List an archive's files by their names alone, and those that are not right in it."""
    problems = [
        f"{path}: put the files right in the archive, in no folder"
        for path in members
        if "/" in path
    ]
    return {path.rpartition("/")[2]: text for path, text in members.items()}, problems


def shortened(problems: list[str]) -> list[str]:
    """Keep the first of many problems of one file, and say how many there are."""
    if len(problems) <= MANY:
        return problems
    return [*problems[:MANY], f"... and {len(problems) - MANY} more of this file"]
