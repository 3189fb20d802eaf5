"""The boxes as a CSV file that is complete up to the last line at any moment."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from stat import S_ISREG
from typing import TextIO

from apps.command import CommandError
from apps.source import Frame
from tracker import Estimate

STDOUT = Path("-")
HEADER = "frame,time_s,x,y,w,h,score,state"


def open_output(path: Path) -> TextIO:
    """Open a text file, which keeps what it holds until it is written over; make its folder.

    Raises:
        CommandError: if that is not possible.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a", encoding="ascii", newline="\n")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from error


class ResultsFile:
    """One line per frame with a target. An earlier file stays until there is a frame."""

    def __init__(self, path: Path) -> None:
        """Create the file, or find out that it can be written.

        Args:
            path: where to; `STDOUT` for the standard output.

        Raises:
            CommandError: if the file cannot be written.
        """
        self.path = path
        self._file = sys.stdout if path == STDOUT else open_output(path)
        self._begun = False

    def write(self, frame: Frame, estimate: Estimate | None) -> None:
        """Add a line: pixels with 3 decimals, seconds and score with 4; none without a target."""
        if not self._begun:
            self._begin()
        if estimate is None:
            return
        box = estimate.box
        self._put(
            f"{frame.index},{frame.time_s:.4f},{box.x:.3f},{box.y:.3f},{box.w:.3f},{box.h:.3f},"
            f"{estimate.score:.4f},{estimate.state}"
        )

    def _begin(self) -> None:
        """Write the header in place of what the file held."""
        self._begun = True
        if self._file is not sys.stdout and S_ISREG(os.fstat(self._file.fileno()).st_mode):
            self._file.truncate(0)  # not of a pipe, nor of /dev/null
        self._put(HEADER)

    def _put(self, line: str) -> None:
        print(line, file=self._file, flush=True)  # an interrupt loses nothing

    def close(self) -> None:
        """Close the file."""
        if self._file is not sys.stdout:
            self._file.close()
