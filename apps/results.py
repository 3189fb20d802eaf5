"""The boxes as a CSV file that is complete up to the last line at any moment."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from apps.command import CommandError
from apps.source import Frame
from tracker import Estimate

HEADER = "frame,time_s,x,y,w,h,score,state"


def open_output(path: Path) -> TextIO:
    """Open a text file for writing, line by line; make its folder.

    Raises:
        CommandError: if that is not possible.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # line buffering: an interrupt loses nothing
        return path.open("w", encoding="ascii", newline="\n", buffering=1)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from error


class ResultsFile:
    """One line per frame with a target."""

    def __init__(self, path: Path) -> None:
        """Create the file, and write its header.

        Raises:
            CommandError: if the file cannot be written.
        """
        self.path = path
        self.rows = 0
        self._file = open_output(path)
        self._file.write(HEADER + "\n")

    def write(self, frame: Frame, estimate: Estimate) -> None:
        """Add a line: pixels with 3 decimals, seconds and score with 4."""
        box = estimate.box
        self._file.write(
            f"{frame.index},{frame.time_s:.4f},{box.x:.3f},{box.y:.3f},{box.w:.3f},{box.h:.3f},"
            f"{estimate.score:.4f},{estimate.state}\n"
        )
        self.rows += 1

    def close(self) -> None:
        """Close the file."""
        self._file.close()
