"""`evaluate score`: numbers from annotations and result files; no pictures are needed."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from apps.command import EXIT_OK
from apps.evaluate_options import add_benchmark
from eval.benchmarks import lookup, split_name
from eval.coverage import coverage_of
from eval.report_text import left_out
from eval.result_folders import AUTO, STYLES
from eval.score import protocol_names, score_folder, write_scores
from eval.tables import title_of


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("score", help="score result files", description=__doc__)
    parser.set_defaults(action=score_command)
    add_benchmark(parser)
    parser.add_argument(
        "--results", type=Path, required=True, help="folder with one tracker's result files"
    )
    parser.add_argument(
        "--protocol",
        choices=sorted(protocol_names()),
        help="whose arithmetic (else that of the benchmark's published numbers)",
    )
    parser.add_argument(
        "--style",
        choices=[AUTO, *STYLES],
        default=AUTO,
        help="the framework that wrote the files (else every style is tried)",
    )
    parser.add_argument(
        "--partial", action="store_true", help="leave sequences without a result out"
    )
    parser.add_argument("--out", type=Path, help="JSON file for the scores and curves")


def score_command(options: argparse.Namespace) -> int:
    """Score one tracker's folder; print the overall numbers, write everything."""
    scores = score_folder(
        options.benchmark,
        options.root,
        options.results,
        options.protocol,
        options.split,
        style=options.style,
        partial=options.partial,
    )
    numbers = ", ".join(f"{title_of(key)} {value:.4f}" for key, value in scores.overall.items())
    print(f"{options.benchmark}, protocol {scores.protocol}: {numbers}")
    official = lookup(options.benchmark).expected(options.split)
    coverage = coverage_of(scores, official=official)
    print("\n".join([*left_out(scores.dropped), coverage.loudly()]))
    if options.out is not None:
        about = {
            "benchmark": options.benchmark,
            "split": split_name(options.benchmark, options.split),
            "coverage": asdict(coverage),
        }
        write_scores(options.out, scores, about)
        print(f"scores: {options.out}")
    return EXIT_OK
