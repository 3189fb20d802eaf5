"""Measure trackers on benchmarks: run, score, report, and what other toolkits need."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ in {"__main__", "__mp_main__"} and not __package__:
    # run as a file: apps/ comes first then, and its profile.py would hide the standard library's
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import argparse

from apps import (
    evaluate_honesty,
    evaluate_install,
    evaluate_merge,
    evaluate_report,
    evaluate_run,
    evaluate_score,
    evaluate_submit,
)
from apps.command import CommandError, CommandParser, guarded
from apps.evaluate_list import show_check, show_list
from eval.benchmarks import BENCHMARKS

NAME = "lowtrack evaluate"
_COMMANDS = (
    evaluate_run,
    evaluate_score,
    evaluate_report,
    evaluate_honesty,
    evaluate_merge,
    evaluate_submit,
    evaluate_install,
)


def main(argv: list[str] | None = None) -> int:
    """Run the command line.

    Returns:
        0; 1 if something that was measured or checked failed; 2 for input that cannot be used.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    return guarded(NAME, lambda: _main(words))


def _main(words: list[str]) -> int:
    """Do the command; a first word that is none of them is a plain folder of clips to run on."""
    parser = CommandParser(NAME, description=__doc__)
    parser.add_argument("--list", action="store_true", help="list benchmarks, protocols, trackers")
    parser.add_argument(
        "--check", type=Path, metavar="ROOT", help="say which data sets are complete"
    )
    parser.add_argument("--benchmark", choices=sorted(BENCHMARKS), help="check this one only")
    commands = parser.add_subparsers(metavar="COMMAND")
    for module in _COMMANDS:
        module.add_command(commands)
    if words and words[0] not in commands.choices and not words[0].startswith("-"):
        if not Path(words[0]).is_dir():
            known = ", ".join(commands.choices)
            raise CommandError(f"{words[0]!r} is neither a command ({known}) nor a folder of clips")
        words = ["run", "--benchmark", "folder", "--root", *words]
    options: argparse.Namespace = parser.parse_args(words)
    if options.list:
        return show_list()
    if options.check is not None:
        return show_check(options.check, options.benchmark)
    if "action" not in options:
        raise CommandError("give a folder of clips, a command, --list or --check (see --help)")
    code: int = options.action(options)
    return code


if __name__ == "__main__":
    sys.exit(main())
