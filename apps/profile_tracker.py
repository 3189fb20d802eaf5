"""`profile tracker`: where the time of a frame goes, beside a peer, and against another run."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
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
    for path in _outputs(options):
        path.parent.mkdir(parents=True, exist_ok=True)
    if options.plot is not None:
        from apps.profile_plot import plot  # a missing package is told before anything is measured
    measured = measure(options)
    start = measure_start(options.model, options.starts) if options.starts else None
    found = report(options, measured, start)
    print(describe(found))
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if options.csv is not None:
        write_frames(options.csv, measured)
    if options.plot is not None:
        model = options.model
        plot(options.plot, measured, f"{model.model} on {model.engine}, {model.device}")
    for path in _outputs(options):
        print(f"written: {path}")


def _outputs(options: ProfileOptions) -> Iterator[Path]:
    for path in (options.json, options.csv, options.plot):
        if path is not None:
            yield path
