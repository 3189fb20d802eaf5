"""Train a tracker in four stages; resumes what was broken off."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__" and not __package__:
    # run as a file: apps/ comes first then, and its profile.py would hide the standard library's
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import argparse

from apps.command import EXIT_OK, guarded
from apps.train_options import run_options, train_parser

NAME = "lowtrack train"


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    return guarded(NAME, lambda: _run(train_parser().parse_args(argv)))


def _run(args: argparse.Namespace) -> int:
    if args.command == "plot":
        from apps.train_plot import plot

        plot(args.run, args.out or args.run / "log.png")
    elif args.command == "pack":
        from apps.train_pack import Choice, Remarks, pack_run

        remarks = Remarks(args.license, args.data_note, args.results)
        pack_run(args.run, args.target, Choice(args.last, args.blend), remarks)
    else:
        from apps.train_run import train_run

        train_run(run_options(args))
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
