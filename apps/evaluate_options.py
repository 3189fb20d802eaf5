"""Options that several commands of `evaluate` have, and what they stand for."""

from __future__ import annotations

import argparse
from pathlib import Path

from apps.command import CommandError
from eval.benchmarks import BENCHMARKS, read
from eval.score import SEVERAL_TARGETS, protocol_names
from eval.sequence import Sequence

EXIT_FAILED = 1  # something was measured or checked, and something failed
SINGLE_TARGET = frozenset(protocol_names()) - {SEVERAL_TARGETS}


def add_benchmark(parser: argparse.ArgumentParser) -> None:
    """Add the options that name a benchmark and where it lies."""
    parser.add_argument(
        "--benchmark", required=True, choices=sorted(BENCHMARKS), help="which benchmark"
    )
    parser.add_argument(
        "--root", type=Path, help="where it lies (else below the folder LOWTRACK_DATA)"
    )
    parser.add_argument("--split", help="its split, if it has several")


def add_protocol(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the arithmetic."""
    parser.add_argument(
        "--protocol",
        choices=sorted(SINGLE_TARGET),
        help="whose arithmetic (else that of the benchmark's published numbers)",
    )


def read_benchmark(options: argparse.Namespace) -> list[Sequence]:
    """Read the sequences that the options name.

    Raises:
        BenchmarkError: the data are not as expected.
    """
    return read(options.benchmark, options.root, options.split)


def protocol_of(options: argparse.Namespace) -> str:
    """Name the protocol: the one asked for, or the one of the benchmark's published numbers.

    Raises:
        CommandError: that one is not for a single target.
    """
    chosen: str = options.protocol or BENCHMARKS[options.benchmark].protocol
    if chosen not in SINGLE_TARGET:
        raise CommandError(f"{options.benchmark} has several targets; `evaluate score` scores it")
    return chosen


def positive(text: str) -> float:
    """Read a positive number."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def part_of(text: str) -> tuple[int, int]:
    """Read K/N."""
    part, _, parts = text.partition("/")
    if not (part.isdigit() and parts.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form 1/4")
    return int(part), int(parts)
