"""`evaluate install-pytracking` and `evaluate install-vot`: trackers for other frameworks."""

from __future__ import annotations

import argparse
from pathlib import Path

from apps.command import EXIT_OK
from eval.adapters.install import install_pytracking, install_vot
from eval.contestant import Entry, build, parse


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands and their options."""
    pytracking = commands.add_parser(
        "install-pytracking",
        help="make a checkout of visionml/pytracking find a model",
        description="Write a tracker and a parameter file into a checkout of pytracking.",
    )
    pytracking.set_defaults(action=pytracking_command)
    pytracking.add_argument("folder", type=Path, help="the checkout")
    vot = commands.add_parser(
        "install-vot",
        help="make a workspace of the VOT toolkit find a model",
        description="Add a tracker to trackers.ini of a workspace of the VOT toolkit.",
    )
    vot.set_defaults(action=vot_command)
    vot.add_argument("folder", type=Path, help="the workspace")
    vot.add_argument(
        "--no-trax",
        action="store_true",
        help="use the toolkit's folder protocol (a sequence at a time; no real-time experiment)",
    )
    for parser in (pytracking, vot):
        parser.add_argument(
            "--model", default="b0", help="[NAME=]MODEL[+full][@ENGINE[-PRECISION]]"
        )
        parser.add_argument("--device", default="cpu", help="where it runs")


def pytracking_command(options: argparse.Namespace) -> int:
    """Install, and say how to run it."""
    tracker, parameter = install_pytracking(options.folder, _checked(options))
    print(f"in {options.folder / 'pytracking'}: python run_tracker.py {tracker} {parameter}")
    return EXIT_OK


def vot_command(options: argparse.Namespace) -> int:
    """Install, and say how to run it."""
    name = install_vot(options.folder, _checked(options), trax=not options.no_trax)
    print(f"in {options.folder}: vot evaluate {name}")
    return EXIT_OK


def _checked(options: argparse.Namespace) -> Entry:
    """Read the model's name, and see that it can be loaded here, before anything is written."""
    entry = parse(options.model, device=options.device)
    build(entry)
    return entry
