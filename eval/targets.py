"""Videos of several targets, and MOTChallenge's text form of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.errors import BenchmarkError
from eval.textfile import read_text

Floats = NDArray[np.float64]

COLUMNS = 9


@dataclass(frozen=True, eq=False)
class TargetVideo:
    """A video and the true boxes of its targets.

    Attributes:
        name: of the video.
        length: how many frames it has.
        rows: (N, 9) frame (from 1), id, x, y, w, h (first pixel 1), flag (0: not counted), class,
            visibility.
        image_size: (width, height) in pixels.
        frames: its pictures; empty when only the annotation was at hand.
    """

    name: str
    length: int
    rows: Floats
    image_size: tuple[int, int]
    frames: tuple[Path, ...] = ()


def read_rows_of(path: Path) -> Floats:
    """Read MOTChallenge's lines of 6 to 10 numbers as (N, 9); what is lacking becomes 1.

    Raises:
        BenchmarkError: the file is missing, or a line is something else.
    """
    if not path.is_file():
        raise BenchmarkError(f"expected {path}, it is not there")
    try:
        text = read_text(path)
    except ValueError as error:
        raise BenchmarkError(f"{path} is not text: {error}") from error
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.replace(",", " ").split()
        if not words:
            continue
        try:
            values = [float(word) for word in words[:COLUMNS]]
        except ValueError as error:
            raise BenchmarkError(f"{path}:{number}: {error}") from error
        if not 6 <= len(words) <= 10:
            raise BenchmarkError(f"{path}:{number}: expected 6 to 10 numbers, found {len(words)}")
        rows.append(values + [1.0] * (COLUMNS - len(values)))
    return np.array(rows, dtype=np.float64).reshape(-1, COLUMNS)
