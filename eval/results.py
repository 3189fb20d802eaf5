"""Result files: boxes, times and scores of one tracker on one sequence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.errors import ResultsError
from eval.regions import read_regions
from eval.textfile import columns_of, read_rows, read_text, write_text

Floats = NDArray[np.float64]


def write_boxes(path: Path, boxes_xywh: Floats) -> None:
    """Write (T, 4) boxes, a line a frame, whole or not at all; a row of NaN says "no box"."""
    lines = [f"{x:.4f},{y:.4f},{w:.4f},{h:.4f}\n" for x, y, w, h in boxes_xywh.tolist()]
    write_text(path, "".join(lines))


def read_boxes(path: Path) -> Floats:
    """Read the boxes of a result file as (T, 4) xywh, in the coordinates of the file.

    Numbers may be separated by commas, tabs or blanks. VOT's forms are read too: polygons and masks
    as the upright box around them, its single numbers (initialised, failed, unknown) as NaN.

    Raises:
        ResultsError: the file is missing, or a line is not a box.
    """
    try:
        return read_regions(path)
    except FileNotFoundError as error:
        raise ResultsError(f"no result file {path}") from error
    except ValueError as error:
        raise ResultsError(f"not a file of boxes (x, y, w, h a line): {error}") from error


def write_values(path: Path, values: Floats) -> None:
    """Write (T,) seconds or scores, one a line, whole or not at all."""
    write_text(path, "".join(f"{value:.6f}\n" for value in values.tolist()))


def read_values(path: Path) -> Floats:
    """Read (T,) seconds or scores, one a line; an empty first line, as VOT writes it, is NaN.

    Lines of R > 1 numbers, a column a run, as the GOT-10k toolkit writes them, give (R, T).

    Raises:
        ResultsError: the file is missing, holds something else than numbers, or its lines differ.
    """
    try:
        text = read_text(path)
        columns = columns_of(text)
        values = read_rows(path, columns).T
        if text.startswith("\n"):
            values = np.hstack([np.full((columns, 1), np.nan), values])
    except FileNotFoundError as error:
        raise ResultsError(f"no result file {path}") from error
    except ValueError as error:
        raise ResultsError(f"not a file of numbers: {error}") from error
    return values[0] if columns == 1 else values
