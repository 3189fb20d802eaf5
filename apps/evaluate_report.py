"""`evaluate report`: tables, plots and a page from the results of a run."""

from __future__ import annotations

import argparse
from pathlib import Path

from apps.command import EXIT_OK
from apps.evaluate_options import add_benchmark, add_protocol, read_benchmark
from apps.evaluate_write import report_on


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("report", help="report on results", description=__doc__)
    parser.set_defaults(action=report_command)
    add_benchmark(parser)
    add_protocol(parser)
    parser.add_argument(
        "--results", type=Path, required=True, help="folder of a run: TRACKER/BENCHMARK/*.txt"
    )
    parser.add_argument("--trackers", nargs="+", default=[], help="labels (else all there are)")
    parser.add_argument(
        "--out", dest="report", type=Path, help="folder of the report (else in --results)"
    )


def report_command(options: argparse.Namespace) -> int:
    """Report on the trackers that have results on a benchmark."""
    report_on(options.results, options.trackers, read_benchmark(options), options)
    return EXIT_OK
