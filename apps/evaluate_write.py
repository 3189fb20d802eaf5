"""A report on the screen and as files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence as Series
from pathlib import Path

from apps.command import CommandError
from apps.evaluate_options import protocol_of
from eval.plots import save_curves, save_radar
from eval.report import JsonObject, as_data, as_json
from eval.report_text import (
    csv_text,
    latex_rows,
    markdown_text,
    plain_table,
    sequence_rows,
    summary_rows,
    value_names,
)
from eval.sequence import Sequence
from eval.standing import standing
from eval.store import benchmark_key, report_folder, tracker_folders
from eval.textfile import write_text

_SCREENFUL = 60  # sequences; longer tables are in the files only


def report_on(
    results: Path, labels: Series[str], sequences: list[Sequence], options: argparse.Namespace
) -> None:
    """Score what is there, print the tables, and write a report in every form.

    Args:
        results: folder of a run.
        labels: the trackers to report on; none stands for all that have results.
        sequences: the benchmark.
        options: benchmark, split, protocol, and `report`, the folder to write to, or None.

    Raises:
        CommandError: a tracker has no results.
    """
    found = tracker_folders(results, options.benchmark, options.split)
    missing = [label for label in labels if label not in found]
    if missing or not found:
        raise CommandError(
            f"{results} has no results of {', '.join(missing) or 'any tracker'} on "
            f"{options.benchmark}; it has those of: {', '.join(found) or 'none'}"
        )
    protocol = protocol_of(options)
    standings = [standing(label, found[label], sequences, protocol) for label in labels or found]
    key = benchmark_key(options.benchmark, options.split)
    folder = options.report or report_folder(results, options.benchmark, options.split)
    data = as_data(key, standings)
    _write(data, folder)
    _show(data)
    print(f"report: {folder}")


def _show(data: JsonObject) -> None:
    """Print the tables of a report."""
    rows = sequence_rows(data, value_names(data)[0])
    if len(rows) <= _SCREENFUL:
        print(plain_table(rows))
    print(f"{data['benchmark']}, protocol {data['protocol']}, in percent")
    print(plain_table(summary_rows(data)), end="")


def _write(data: JsonObject, folder: Path) -> None:
    """Write a report in every form into a folder."""
    write_text(folder / "report.json", as_json(data))
    write_text(folder / "report.md", markdown_text(data))
    write_text(folder / "report.csv", csv_text(data))
    write_text(folder / "report.tex", latex_rows(data))
    save_curves(data, folder)
    save_radar(data, folder / "attributes.png")
