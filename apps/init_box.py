"""The first box, as a user types it or keeps it in a file."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from apps.command import CommandError, CommandParser
from tracker import Box


def add_box_options(parser: CommandParser) -> None:
    """Add `--init-box` and `--init-file`."""
    box = parser.add_mutually_exclusive_group()
    box.add_argument(
        "--init-box", metavar="x,y,w,h", help="target in the first frame, pixels (--init-box=...)"
    )
    box.add_argument("--init-file", type=Path, metavar="FILE", help="file with x,y,w,h in it")


def chosen_box(args: argparse.Namespace) -> Box | None:
    """The box that `add_box_options` asked for; None if there is none.

    Raises:
        CommandError: if it is none.
    """
    if args.init_box is not None:
        return parse_box(args.init_box)
    return None if args.init_file is None else read_box(args.init_file)


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
