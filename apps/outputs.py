"""What must be so before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from os.path import realpath  # unlike Path.resolve, it bears links that go in circles
from pathlib import Path

from apps.command import CommandError


def check_outputs(outputs: Sequence[Path], inputs: Sequence[Path]) -> None:
    """Refuse to write over what is read, twice to one place, or to a folder.

    Raises:
        CommandError: if one of `outputs` is such a place.
    """
    taken = {realpath(path) for path in inputs}
    for path in outputs:
        if realpath(path) in taken:
            raise CommandError(f"{path} would be overwritten: choose another place for results")
        if path.is_dir():
            raise CommandError(f"{path} cannot be written: it is a folder")
        taken.add(realpath(path))
