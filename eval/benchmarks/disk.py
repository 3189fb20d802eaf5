"""What readers ask of the disk, and the words in which they say that something is wrong with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.errors import BenchmarkError
from eval.textfile import read_rows

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".JPEG", ".JPG", ".PNG"})


def folders_with(root: Path, annotation: str) -> list[Path]:
    """List the folders right under `root` that hold a file `annotation`, sorted by name.

    Raises:
        BenchmarkError: there is none.
    """
    folders = sorted(path.parent for path in root.glob(f"*/{annotation}"))
    if not folders:
        raise BenchmarkError(f"expected {root}/NAME/{annotation}, found no such file")
    return folders


def boxes_of(path: Path) -> NDArray[np.float64]:
    """Read an annotation of x, y, w, h a line as (T, 4).

    Raises:
        BenchmarkError: the file is missing, empty, or a line is not four numbers.
    """
    try:
        boxes = read_rows(path, 4)
    except FileNotFoundError as error:
        raise BenchmarkError(f"expected the annotation {path}, it is not there") from error
    except ValueError as error:
        raise BenchmarkError(f"damaged annotation: {error}") from error
    if not len(boxes):
        raise BenchmarkError(f"the annotation {path} is empty")
    return boxes


def pictures_of(folder: Path, count: int, first: int = 0) -> tuple[Path, ...]:
    """List `count` pictures of a folder in order of name, from the `first` on.

    An annotation without pictures is allowed: no folder, or an empty one, gives ().

    Raises:
        BenchmarkError: there are pictures, but too few or too many of them.
    """
    if not folder.is_dir():
        return ()
    names = sorted(path.name for path in folder.iterdir() if path.suffix in PICTURES)
    if not names:
        return ()
    if len(names) != first + count:
        raise BenchmarkError(
            f"{folder} has {len(names)} pictures, the annotation needs {first + count}: "
            "is the archive half extracted?"
        )
    return tuple(folder / name for name in names[first:])
