"""VOT's text form of a region, one a line: rectangle, polygon, mask or a number with a meaning."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.textfile import read_rows

Floats = NDArray[np.float64]


def read_regions(path: Path) -> Floats:
    """Read the upright boxes (T, 4) xywh around the regions of a file.

    A line is x,y,w,h, or the corners x1,y1,x2,y2,... of a polygon, or m with x, y, w, h and runs of
    0 and 1 of a mask, or a single number (VOT's 0 unknown, 1 initialised, 2 failed), which gives a
    row of NaN.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is none of those.
    """
    text = path.read_text(encoding="utf-8-sig")
    first = text[: text.find("\n")].count(",")
    if first == 3 and text.count(",") == 3 * text.strip().count("\n") + 3:
        return read_rows(path, 4)
    lines = [line for line in text.splitlines() if line.strip()]
    return np.array([_box(line, path, number) for number, line in enumerate(lines, start=1)])


def _box(line: str, path: Path, number: int) -> tuple[float, float, float, float]:
    words = line.replace(",", " ").replace("\t", " ").split()
    is_mask = words[0].startswith("m")
    try:
        values = [float(word) for word in [words[0].removeprefix("m"), *words[1:]]]
    except ValueError as error:
        raise ValueError(f"{path}:{number}: {error}") from error
    if is_mask:
        return _around_mask([int(value) for value in values])
    if len(values) == 1:
        return (np.nan, np.nan, np.nan, np.nan)
    if len(values) == 4:
        return (values[0], values[1], values[2], values[3])
    if len(values) < 6 or len(values) % 2:
        raise ValueError(f"{path}:{number}: {len(values)} numbers are no rectangle or polygon")
    left, top = min(values[0::2]), min(values[1::2])
    return (left, top, max(values[0::2]) - left, max(values[1::2]) - top)


def _around_mask(values: list[int]) -> tuple[float, float, float, float]:
    """Box around the ones of a mask: x, y, w, h, then lengths of runs, zeros first, row by row."""
    x, y, width = values[:3]
    ends = np.cumsum(values[4:])
    starts, stops = ends[0:-1:2], ends[1::2]
    filled = stops > starts
    if not filled.any():
        return (np.nan, np.nan, np.nan, np.nan)
    starts, last = starts[filled], stops[filled] - 1
    rows = starts // width, last // width
    whole = rows[1] > rows[0]  # a run over a line's end touches both margins
    left = 0 if whole.any() else int((starts % width).min())
    right = width - 1 if whole.any() else int((last % width).max())
    top, bottom = int(rows[0].min()), int(rows[1].max())
    return (x + left, y + top, right - left + 1.0, bottom - top + 1.0)
