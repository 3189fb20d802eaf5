"""`evaluate honesty`: what trackers say of their boxes, and what these boxes are."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from apps.command import EXIT_OK
from apps.evaluate_options import add_benchmark, read_benchmark
from apps.model_options import number
from apps.outputs import check_outputs
from apps.progress import Progress
from eval.contestant import Entry, build, parse
from eval.honesty import KINDS, STATES, Counts, believed, count, listen, runs
from eval.json_text import as_json
from eval.report_text import plain_table
from eval.run import named
from eval.score import check_truth
from eval.sequence import Sequence
from eval.textfile import write_text


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "honesty", help="does a tracker know when its target is lost?", description=__doc__
    )
    parser.set_defaults(action=honesty_command)
    add_benchmark(parser)
    parser.add_argument(
        "--trackers",
        nargs="+",
        default=["b0"],
        metavar="TRACKER",
        help="[LABEL=]SOURCE[+full][@ENGINE[-PRECISION]], or MODULE:FACTORY that gives states",
    )
    parser.add_argument("--device", default="cpu", help="device of models of this project")
    parser.add_argument("--threads", type=number(int, 1), metavar="N", help="else all cores")
    parser.add_argument("--sequences", nargs="+", default=[], help="these only")
    parser.add_argument(
        "--starts",
        type=number(int, 1),
        default=1,
        metavar="N",
        help="begin in N frames of a sequence, spread evenly (default: in the first)",
    )
    parser.add_argument("--backwards", action="store_true", help="also as if played backwards")
    parser.add_argument(
        "--every",
        type=number(int, 1),
        default=1,
        metavar="N",
        help="show every Nth frame only, as a slower camera would",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="JSON file for the counts")


def honesty_command(options: argparse.Namespace) -> int:
    """Follow all sequences with each tracker, and print a table of each."""
    if options.out is not None:
        check_outputs([options.out], [])
    entries = [parse(text, device=options.device) for text in options.trackers]
    parts = [
        part
        for sequence in _chosen(options)
        for part in runs(sequence, options.starts, backwards=options.backwards, every=options.every)
    ]
    found: dict[str, Any] = {}
    for entry in entries:
        counts = _counted(entry, parts, options.threads)
        print(f"{entry.label} on {options.benchmark}: {len(parts)} runs")
        print(_table(counts))
        found[entry.label] = {"counts": counts, "believed": believed(counts)}
    if options.out is not None:
        about = {
            key: getattr(options, key) for key in ("benchmark", "starts", "backwards", "every")
        }
        write_text(options.out, as_json({**about, "runs": len(parts), "trackers": found}))
    return EXIT_OK


def _chosen(options: argparse.Namespace) -> list[Sequence]:
    there = read_benchmark(options)
    check_truth(there)
    return named(there, options.sequences, options.benchmark)


def _counted(entry: Entry, parts: list[Sequence], threads: int | None) -> Counts:
    contestant = build(entry, threads)
    said, done = [], 0
    with closing(Progress(sum(map(len, parts)), sys.stderr)) as progress:
        for part in parts:
            said.append(listen(contestant, part))
            done += len(part)
            progress.update(done)
    return count(said)


def _table(counts: Counts) -> str:
    rows = [["box", "frames", *STATES]]
    for kind, words in KINDS.items():
        frames = sum(counts[kind].values())
        shares = [f"{counts[kind][state] / frames:.1%}" if frames else "-" for state in STATES]
        rows.append([words, str(frames), *shares])
    share = believed(counts)
    if share is None:
        return plain_table(rows) + "nothing is called tracking"
    return f"{plain_table(rows)}{share:.1%} of what is called tracking has an {KINDS['good']}"
