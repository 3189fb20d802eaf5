"""What readers ask of the disk, and the words in which they say that something is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.errors import BenchmarkError
from eval.textfile import read_numbers, read_rows, read_text

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp"})
_LAST_NUMBER = re.compile(r"(\d+)\D*$")


def folders_with(root: Path, annotation: str) -> list[Path]:
    """List the folders right under `root` that hold a file `annotation`, sorted by name.

    Raises:
        BenchmarkError: there is none.
    """
    folders = sorted(path.parent for path in root.glob(f"*/{annotation}"))
    if not folders:
        raise BenchmarkError(f"expected {root}/NAME/{annotation}, found no such file")
    return folders


def unannotated(root: Path, annotation: str) -> list[str]:
    """Name the folders right under `root` with pictures in them or in img/, and no annotation."""
    return [
        path.name
        for path in sorted(root.iterdir())
        if not (path / annotation).is_file() and (all_pictures(path) or all_pictures(path / "img"))
    ]


def some_folder(root: Path, *names: str) -> Path:
    """Find the first of several folders below `root`; "." is the root itself.

    Raises:
        BenchmarkError: there is none.
    """
    for name in names:
        if (root / name).is_dir():
            return root / name
    raise BenchmarkError(f"expected one of the folders {', '.join(names)} in {root}, found none")


def text_of(path: Path) -> str:
    """Read a text file.

    Raises:
        BenchmarkError: it is missing or not UTF-8.
    """
    try:
        return read_text(path)
    except FileNotFoundError as error:
        raise BenchmarkError(f"expected {path}, it is not there") from error
    except ValueError as error:
        raise BenchmarkError(f"{path} is not text: {error}") from error


def names_of(path: Path) -> list[str]:
    """Read a list of names, one a line.

    Raises:
        BenchmarkError: the list is missing, empty or not UTF-8.
    """
    names = [line.strip() for line in text_of(path).splitlines() if line.strip()]
    if not names:
        raise BenchmarkError(f"the list of sequences {path} is empty")
    return names


def boxes_of(path: Path) -> Floats:
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


def numbers_of(path: Path, count: int | None) -> Floats:
    """Read one number per frame, (count,), from however many lines; None takes any number of them.

    Raises:
        BenchmarkError: the file is missing, damaged, or of another length.
    """
    try:
        numbers = read_numbers(path)
    except FileNotFoundError as error:
        raise BenchmarkError(f"expected {path} beside the annotation, it is not there") from error
    except ValueError as error:
        raise BenchmarkError(f"damaged labels: {error}") from error
    if count is not None and numbers.size != count:
        raise BenchmarkError(f"{path} has {numbers.size} labels, the annotation {count} boxes")
    return numbers


def truth_of(annotation: Floats, origin: int, away: Flags | None = None) -> Floats:
    """Turn annotated boxes (T, 4) into 0-based ones, NaN where there is no target to be found."""
    truth: Floats = annotation - np.array([origin, origin, 0.0, 0.0])
    truth[~(annotation[:, 2:] > 0).all(axis=1)] = np.nan
    if away is not None:
        truth[away] = np.nan
    return truth


def attributes_of(folders: Iterable[Path], name: str, labels: tuple[str, ...]) -> frozenset[str]:
    """Read the 0 and 1 of NAME.txt in the first of `folders` that has it; without any, no labels.

    Raises:
        BenchmarkError: the file has another number of labels.
    """
    for folder in folders:
        path = folder / f"{name}.txt"
        if path.is_file():
            marks = numbers_of(path, len(labels))
            return frozenset(label for label, mark in zip(labels, marks, strict=True) if mark > 0)
    return frozenset()


def pictures_of(folder: Path, count: int, *, surplus: bool = False) -> tuple[Path, ...]:
    """List `count` pictures of a folder in order of their names' numbers.

    An annotation without pictures is allowed: no folder, or an empty one, gives ().

    Raises:
        BenchmarkError: there are pictures, but too few, or too many and `surplus` is not allowed.
    """
    pictures = all_pictures(folder)
    if pictures and (len(pictures) < count or (len(pictures) > count and not surplus)):
        raise BenchmarkError(
            f"{folder} has {len(pictures)} pictures, its annotation {count} boxes: "
            "is the archive half extracted?"
        )
    return tuple(pictures[:count])


def numbered_pictures(folder: Path, numbers: range) -> tuple[Path, ...]:
    """Pick the pictures of a folder whose names end in the given numbers; () if it has none.

    Raises:
        BenchmarkError: there are pictures, but not all of those.
    """
    pictures = {_number(path): path for path in all_pictures(folder)}
    lacking = [number for number in numbers if number not in pictures]
    if pictures and lacking:
        raise BenchmarkError(
            f"{folder} lacks {len(lacking)} of the pictures {numbers.start} to "
            f"{numbers.stop - 1}, such as number {lacking[0]}: is the archive half extracted?"
        )
    return tuple(pictures[number] for number in numbers) if pictures else ()


def all_pictures(folder: Path) -> list[Path]:
    """List the pictures of a folder in the order of their numbers; none if there is no folder."""
    if not folder.is_dir():
        return []
    pictures = [path for path in folder.iterdir() if path.suffix.lower() in _PICTURES]
    return sorted(pictures, key=lambda path: (len(path.name), path.name))


def _number(path: Path) -> int:
    found = _LAST_NUMBER.search(path.stem)
    return int(found.group(1)) if found else -1
