"""Measure where the time goes: in a tracker, in backbones and their blocks, or in scoring."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__" and not __package__:
    # run as a file: apps/ comes first then, and this file would hide the standard library's profile
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from apps import profile_backbones, profile_blocks, profile_scoring, profile_tracker
from apps.command import CommandParser, guarded
from apps.quiet import quiet_opencv

NAME = "lowtrack profile"


def _run(argv: list[str] | None) -> int:
    parser = CommandParser(prog=NAME, description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="WHAT")
    profile_tracker.add_command(commands)
    profile_backbones.add_command(commands)
    profile_blocks.add_command(commands)
    profile_scoring.add_command(commands)
    args = parser.parse_args(argv)
    code: int = args.action(args)
    return code


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    quiet_opencv()
    return guarded(NAME, lambda: _run(argv))


if __name__ == "__main__":
    sys.exit(main())
