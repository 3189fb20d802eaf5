"""`evaluate report`: tables, plots and a page from results that are there."""

from __future__ import annotations

import argparse
from pathlib import Path

from apps.command import EXIT_OK, CommandError
from apps.evaluate_options import add_benchmark, add_protocol, read_benchmark
from apps.evaluate_write import add_clips, report_on
from eval.store import report_folder, tracker_folders


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("report", help="report on results", description=__doc__)
    parser.set_defaults(action=report_command)
    add_benchmark(parser)
    add_protocol(parser)
    add_clips(parser)
    parser.add_argument(
        "--results",
        type=Path,
        default=Path("evaluation"),
        help="folder of a run: TRACKER/BENCHMARK/*.txt",
    )
    parser.add_argument("--trackers", nargs="+", default=[], help="labels (else all there are)")
    parser.add_argument(
        "--foreign",
        nargs="+",
        default=[],
        metavar="LABEL=DIR",
        help="further trackers, by the results another framework wrote",
    )
    parser.add_argument("--out", type=Path, help="folder of the report (else in --results)")


def report_command(options: argparse.Namespace) -> int:
    """Report on the trackers that have results on a benchmark."""
    found = tracker_folders(options.results, options.benchmark, options.split)
    missing = [label for label in options.trackers if label not in found]
    if missing or not (found or options.foreign):
        raise CommandError(
            f"{options.results} has no results of {', '.join(missing) or 'any tracker'} on "
            f"{options.benchmark}; it has those of: {', '.join(found) or 'none'}"
        )
    folders = {label: found[label] for label in options.trackers or found}
    for label, folder in map(_foreign, options.foreign):
        if label in folders:
            raise CommandError(f"two trackers have one label: {label}")
        folders[label] = folder
    out = options.out or report_folder(options.results, options.benchmark, options.split)
    report_on(folders, read_benchmark(options), options, out)
    return EXIT_OK


def _foreign(text: str) -> tuple[str, Path]:
    """Read LABEL=DIR."""
    label, equals, folder = text.partition("=")
    if not (label and equals and folder):
        raise CommandError(f"{text!r} is not of the form LABEL=DIR")
    return label, Path(folder)
