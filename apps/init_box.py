"""The first box, as a user types it or keeps it in a file."""

from __future__ import annotations

import re
from pathlib import Path

from apps.command import CommandError
from tracker import Box


def parse_box(text: str) -> Box:
    """Read `x,y,w,h` in pixels; commas, semicolons, tabs and blanks separate.

    Raises:
        CommandError: if these are not four finite numbers with positive sides.

    >>> parse_box("10, 20, 30.5, 40")
    Box(x=10.0, y=20.0, w=30.5, h=40.0)
    """
    parts = re.split(r"[\s,;]+", text.strip())
    try:
        x, y, w, h = map(float, parts)
        return Box(x, y, w, h)
    except ValueError as error:
        raise CommandError(
            f"{text.strip()!r} is no box: give x,y,w,h in pixels, with positive w and h"
        ) from error


def read_box(path: Path) -> Box:
    """Read the box on the first line of a text file that is not empty.

    Raises:
        CommandError: if the file cannot be read, or its first line is no box.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"the box file {path} cannot be read: {error}") from error
    first = next((line for line in lines if line.strip()), "")
    try:
        return parse_box(first)
    except CommandError as error:
        raise CommandError(f"{path}: {error}") from error
