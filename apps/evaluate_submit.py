"""`evaluate pack` and `evaluate validate`: archives for evaluation servers."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from apps.command import EXIT_OK, CommandError
from apps.evaluate_options import EXIT_FAILED
from eval.benchmarks import find_root, lookup, read
from eval.result_folders import AUTO, STYLES
from eval.sequence import Sequence
from eval.submission import KINDS, lengths_of, pack, validate

_SPLITS: Mapping[str, str | None] = MappingProxyType(
    {"got10k": "test", "trackingnet": "TEST", "vot-lt": None}
)
"""What each server asks for, by the benchmark's name; MOTChallenge's files go as they are."""


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands and their options."""
    packing = commands.add_parser(
        "pack", help="pack results for an evaluation server", description="Pack results."
    )
    packing.set_defaults(action=pack_command)
    packing.add_argument("--kind", required=True, choices=list(KINDS), help="which server")
    packing.add_argument("--root", type=Path, help="where the benchmark lies")
    packing.add_argument(
        "--results", type=Path, required=True, help="folder with one tracker's result files"
    )
    packing.add_argument("--style", choices=[AUTO, *STYLES], default=AUTO, help="of the results")
    packing.add_argument("--out", type=Path, required=True, help="zip archive to write")
    checking = commands.add_parser(
        "validate",
        help="say what an evaluation server would choke on",
        description="Say what an evaluation server would choke on.",
    )
    checking.set_defaults(action=validate_command)
    checking.add_argument("file", type=Path, help="zip archive, or one file of results")
    checking.add_argument("--kind", choices=list(KINDS), help="which server (else told by content)")
    checking.add_argument(
        "--root", type=Path, help="the benchmark, to check names and lengths (with --kind)"
    )


def pack_command(options: argparse.Namespace) -> int:
    """Pack, unless the server would refuse it."""
    sequences = _expected(options.kind, options.root) if options.kind in _SPLITS else []
    pack(options.kind, options.results, options.out, sequences, options.style)
    print(f"{options.kind}: {options.out}")
    return EXIT_OK


def validate_command(options: argparse.Namespace) -> int:
    """List every problem; the exit code tells whether there is any."""
    lengths = None
    if options.root is not None and options.kind in _SPLITS:
        lengths = lengths_of(_expected(options.kind, options.root))
    verdict = validate(options.file, options.kind, lengths)
    for problem in verdict.problems:
        print(problem)
    fault = f"{len(verdict.problems)} problems" if verdict.problems else "nothing wrong"
    print(f"{options.file}: {fault}, as a submission to {verdict.kind}")
    return EXIT_FAILED if verdict.problems else EXIT_OK


def _expected(kind: str, root: Path | None) -> list[Sequence]:
    """Read the sequences that a server expects.

    Raises:
        CommandError: they are not all on the disk.
    """
    sequences = read(kind, root, _SPLITS[kind])
    official = lookup(kind).expected(_SPLITS[kind])
    if official not in {0, len(sequences)}:
        raise CommandError(
            f"the server of {kind} asks for {official} sequences, {find_root(kind, root)} has "
            f"{len(sequences)} of them; their annotations are needed, pictures are not"
        )
    return sequences
