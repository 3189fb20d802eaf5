"""A report on the screen and as files."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from apps.command import CommandError
from apps.evaluate_options import protocol_of
from eval.benchmarks import lookup
from eval.json_text import as_json
from eval.plots import save_curves, save_radar
from eval.report import JsonObject, as_data
from eval.report_clips import clip_data, worst_sequences
from eval.report_page import page_text
from eval.report_text import csv_text, latex_rows, markdown_text, omissions, plain_table
from eval.result_folders import read_results
from eval.sequence import Sequence
from eval.standing import standings
from eval.store import benchmark_key
from eval.tables import sequence_rows, summary_rows
from eval.textfile import write_text

Floats = NDArray[np.float64]

_SCREENFUL = 60  # sequences; longer tables are in the files only
_WORST = 3  # clips to be watched, if none are named


def add_clips(parser: argparse.ArgumentParser) -> None:
    """Add the option that chooses clips for the page."""
    parser.add_argument(
        "--clips",
        nargs="*",
        metavar="SEQUENCE",
        help="sequences to watch on the page (else the worst of the best tracker); "
        "none leaves the pictures out",
    )


def check_clips(names: Iterable[str] | None, sequences: Iterable[Sequence]) -> None:
    """See that the clips which are to be shown can be.

    Raises:
        CommandError: there is no such sequence, or it has no pictures.
    """
    pictured = {sequence.name for sequence in sequences if sequence.frames}
    unknown = [name for name in names or () if name not in pictured]
    if unknown:
        raise CommandError(f"no sequence {', '.join(unknown)} with pictures to show")


def report_on(
    folders: Mapping[str, Path],
    sequences: list[Sequence],
    options: argparse.Namespace,
    out: Path,
) -> None:
    """Score what is there, print the tables, and write a report in every form.

    Args:
        folders: label -> folder with the tracker's results.
        sequences: the benchmark.
        options: benchmark, split, protocol and clips.
        out: folder for the report.

    Raises:
        CommandError: a clip that is to be shown is unknown or has no pictures.
        TrackerError: results are damaged, or no sequence has those of every tracker.
    """
    check_clips(options.clips, sequences)
    found = standings(folders, sequences, protocol_of(options))
    official = lookup(options.benchmark).expected(options.split)
    data = as_data(benchmark_key(options.benchmark, options.split), found, official)
    ranked = {label: folders[label] for label in data["trackers"]}
    clips = _clips(ranked, _chosen(data, sequences, options.clips))
    write_text(out / "report.json", as_json(data))
    write_text(out / "report.md", markdown_text(data))
    write_text(out / "report.csv", csv_text(data))
    write_text(out / "report.tex", latex_rows(data))
    write_text(out / "report.html", page_text(data, clips))
    _show(data)
    print(f"report: {out / 'report.html'}", flush=True)
    save_curves(data, out)
    save_radar(data, out / "attributes.png")


def _show(data: JsonObject) -> None:
    """Print the tables of a report."""
    rows = sequence_rows(data)
    if len(rows) <= _SCREENFUL:
        print(plain_table(rows))
    print(f"{data['benchmark']}, protocol {data['protocol']}, in percent")
    print("\n".join([*data["notes"], *omissions(data)]))
    print(plain_table(summary_rows(data)), end="")


def _chosen(data: JsonObject, sequences: list[Sequence], names: list[str] | None) -> list[Sequence]:
    """Find the sequences that are to be watched."""
    pictured = {sequence.name: sequence for sequence in sequences if sequence.frames}
    wanted = worst_sequences(data, _WORST) if names is None else names
    return [pictured[name] for name in wanted if name in pictured]


def _clips(folders: Mapping[str, Path], sequences: list[Sequence]) -> list[JsonObject]:
    """Gather pictures and boxes of the sequences that are to be watched."""
    names = [sequence.name for sequence in sequences]
    found = {label: read_results(folder, names) for label, folder in folders.items()}
    return [
        clip_data(
            sequence,
            {
                label: sequence.to_pixels(_fitted(boxes[sequence.name], sequence))
                for label, boxes in found.items()
                if sequence.name in boxes
            },
        )
        for sequence in sequences
    ]


def _fitted(boxes_xywh: Floats, sequence: Sequence) -> Floats:
    """Take the first run, without boxes beyond the last frame, with NaN where it has too few."""
    run = sequence.without_omitted(boxes_xywh[0] if boxes_xywh.ndim == 3 else boxes_xywh)
    fitted = np.full((len(sequence), 4), np.nan)
    fitted[: len(run)] = run[: len(sequence)]
    return fitted
