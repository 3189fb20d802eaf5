"""The files that a profile is written to."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps.command import CommandParser
from apps.outputs import check_outputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """What the user wants; None: not wanted."""

    csv: Path | None = None
    json: Path | None = None
    plot: Path | None = None

    def check(self) -> None:
        """Make the folders; find out before anything is measured what could not be written.

        Raises:
            CommandError: if two files have one name, one is a folder, or a picture no picture.
            ModuleNotFoundError: if a picture is wanted and matplotlib is missing.
        """
        paths = [path for path in (self.json, self.csv, self.plot) if path is not None]
        check_outputs(paths, [])
        if self.plot is not None:
            from apps.picture import check_picture

            check_picture(self.plot)
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)

    def write(
        self,
        report: Mapping[str, Any],
        write_csv: Callable[[Path], None],
        draw: Callable[[Path], None],
    ) -> None:
        """Write the files, and say so.

        Args:
            report: what the JSON file holds.
            write_csv: writes the CSV file.
            draw: draws the picture.
        """
        if self.json is not None:
            self.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
            print(f"written: {self.json}")
        for path, write in ((self.csv, write_csv), (self.plot, draw)):
            if path is not None:
                write(path)
                print(f"written: {path}")


def add_output_options(
    parser: CommandParser, *, csv: str, json: str, plot: str
) -> argparse._ArgumentGroup:
    """Add `--csv`, `--json` and `--plot`, with these help texts; return their group."""
    group = parser.add_argument_group("output")
    group.add_argument("--csv", type=Path, metavar="FILE", help=csv)
    group.add_argument("--json", type=Path, metavar="FILE", help=json)
    group.add_argument("--plot", type=Path, metavar="FILE", help=plot)
    return group


def outputs(args: argparse.Namespace) -> Outputs:
    """Collect what `add_output_options` added."""
    return Outputs(csv=args.csv, json=args.json, plot=args.plot)
