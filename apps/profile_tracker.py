"""`profile tracker`: where the time of a frame goes, beside a peer, and against another run."""

from __future__ import annotations

import argparse
from pathlib import Path

from apps.command import EXIT_OK, CommandParser
from apps.profile_compare import compare, read_report
from apps.profile_options import ProfileOptions, add_options, profile_options
from apps.profile_report import describe, report, write_frames
from apps.profile_run import measure
from apps.profile_start import measure_start


def add_command(commands: argparse._SubParsersAction[CommandParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("tracker", help="the steps of a tracker", description=__doc__)
    parser.set_defaults(action=run_command)
    add_options(parser)


def run_command(args: argparse.Namespace) -> int:
    """Measure, or compare what was measured.

    Raises:
        TrackerError: if something cannot be measured, read or written.
    """
    if args.compare is not None:
        first, second = args.compare
        print(compare(read_report(first), read_report(second)))
        return EXIT_OK
    _measure(profile_options(args))
    return EXIT_OK


def _measure(options: ProfileOptions) -> None:
    options.outputs.check()
    measured = measure(options)
    start = measure_start(options.model, options.starts) if options.starts else None
    found = report(options, measured, start)
    print(describe(found))

    def draw(path: Path) -> None:
        from apps.profile_plot import plot

        model = options.model
        plot(path, measured, f"{model.model} on {model.engine}, {model.device}")

    options.outputs.write(found, lambda path: write_frames(path, measured), draw)
