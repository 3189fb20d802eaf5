"""VOT's text form of a region, one a line: rectangle, polygon, mask or a number with a meaning."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.textfile import parse_rows, read_text

Floats = NDArray[np.float64]
Xywh = tuple[float, float, float, float]

_NOTHING: Xywh = (np.nan, np.nan, np.nan, np.nan)
_CODES = (0, 1, 2)


def read_regions(path: Path) -> Floats:
    """Read the upright boxes (T, 4) xywh around the regions of a file.

    A line is x,y,w,h, or the corners x1,y1,x2,y2,... of a polygon, or m with x, y, w, h and runs of
    0 and 1 of a mask, or one of VOT's codes (0 unknown, 1 initialised, 2 failed), which gives a row
    of NaN. Commas may be semicolons, tabs or blanks; blank lines count for nothing.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is none of those.
    """
    text = read_text(path)
    try:
        return parse_rows(text, 4)
    except ValueError:
        lines = enumerate(text.splitlines(), start=1)
        boxes = [_box(line, path, number) for number, line in lines if line.strip()]
        return np.array(boxes, dtype=np.float64).reshape(-1, 4)


def _box(line: str, path: Path, number: int) -> Xywh:
    words = line.replace(",", " ").replace(";", " ").split()
    try:
        values = [float(word) for word in [words[0].removeprefix("m"), *words[1:]]]
        if words[0].startswith("m"):
            return _around_mask([int(value) for value in values])
        return _NOTHING if len(values) == 1 and values[0] in _CODES else box_around(values)
    except ValueError as error:
        raise ValueError(f"{path}:{number}: {error}") from error


def box_around(numbers: list[float]) -> Xywh:
    """Box around a rectangle x, y, w, h or a polygon x1, y1, x2, y2, ... of three corners or more.

    Raises:
        ValueError: the numbers are neither.
    """
    if len(numbers) == 4:
        return (numbers[0], numbers[1], numbers[2], numbers[3])
    if len(numbers) < 6 or len(numbers) % 2:
        raise ValueError(f"{len(numbers)} numbers are no rectangle or polygon")
    left, top = min(numbers[0::2]), min(numbers[1::2])
    return (left, top, max(numbers[0::2]) - left, max(numbers[1::2]) - top)


def _around_mask(values: list[int]) -> Xywh:
    """Box around the ones of a mask: x, y, w, h, then lengths of runs, zeros first, row by row."""
    x, y, width = values[:3]
    ends = np.cumsum(values[4:])
    stops = ends[1::2]
    starts = ends[0::2][: len(stops)]
    filled = stops > starts
    if not filled.any():
        return _NOTHING
    starts, last = starts[filled], stops[filled] - 1
    top, bottom = int(starts.min()) // width, int(last.max()) // width
    if (starts // width < last // width).any():  # a run over a line's end touches both margins
        left, right = 0, width - 1
    else:
        left, right = int((starts % width).min()), int((last % width).max())
    return (x + left, y + top, right - left + 1.0, bottom - top + 1.0)
