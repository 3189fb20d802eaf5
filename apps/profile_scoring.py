"""`lowtrack profile scoring`: how long scoring LaSOT takes under every protocol."""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from apps.command import EXIT_OK, CommandParser
from apps.model_options import number
from eval.scoring_speed import FRAMES, time_scoring, write_lasot


def add_command(commands: argparse._SubParsersAction[CommandParser]) -> None:
    """Add the command to those of `lowtrack profile`."""
    parser = commands.add_parser(
        "scoring", help="the scoring of 280 sequences of the size of LaSOT's, drawn by chance"
    )
    parser.add_argument(
        "--frames",
        type=number(int, 280),
        default=FRAMES,
        metavar="N",
        help=f"of all sequences together (default: {FRAMES})",
    )
    parser.set_defaults(action=_run)


def _run(args: argparse.Namespace) -> int:
    with TemporaryDirectory() as folder:
        root, results = Path(folder) / "LaSOT", Path(folder) / "results"
        write_lasot(root, results, frames=args.frames)
        taken = time_scoring(root, results)
    print(f"280 sequences, {args.frames} frames; seconds of one core")
    for name, seconds in taken.items():
        print(f"{name:<12}{seconds:8.2f}")
    return EXIT_OK
