"""`evaluate merge`: shards of a run, made on different machines, put together."""

from __future__ import annotations

import argparse
from pathlib import Path

from apps.command import EXIT_OK
from apps.evaluate_options import EXIT_FAILED
from eval.merge import merge


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("merge", help="put shards together", description=__doc__)
    parser.set_defaults(action=merge_command)
    parser.add_argument("shards", nargs="+", type=Path, help="folders that `run --shard` wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder of the whole")


def merge_command(options: argparse.Namespace) -> int:
    """Merge, and say what is still missing; the exit code tells whether anything is."""
    merged = merge(options.shards, options.out)
    for each in merged:
        line = f"{each.folder}: {each.sequences} sequences"
        if each.missing:
            line += f", {len(each.missing)} missing: {', '.join(each.missing)}"
        print(line)
    return EXIT_FAILED if any(each.missing for each in merged) else EXIT_OK
