"""Numbers in text files: read fast, written so that a crash leaves the old file or the new one."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_BLANKS = str.maketrans(",;\t", "   ")


def read_rows(path: Path, columns: int) -> NDArray[np.float64]:
    """Read a table of numbers separated by commas, semicolons, tabs or blanks.

    Returns:
        (N, columns); words such as NaN and inf become the float they name.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a word is not a number, or a line has another number of columns.
    """
    text = path.read_text(encoding="utf-8-sig").translate(_BLANKS)
    try:
        values = np.array(list(map(float, text.split())), dtype=np.float64)
    except ValueError:
        values = np.empty(0)
        _complain(path, text, columns)
    if values.size != columns * (text.count("\n") + (not text.endswith("\n"))):
        _complain(path, text, columns)
    return values.reshape(-1, columns)


def _complain(path: Path, text: str, columns: int) -> None:
    """Raise ValueError for the first line that is not `columns` numbers; blank lines are none."""
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if words and len(words) != columns:
            raise ValueError(f"{path}:{number}: expected {columns} numbers, found {len(words)}")
        for word in words:
            try:
                float(word)
            except ValueError as error:
                raise ValueError(f"{path}:{number}: {word!r} is not a number") from error


def read_numbers(path: Path) -> NDArray[np.float64]:
    """Read every number of a file, whatever its lines, as (N,).

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a word is not a number.
    """
    words = path.read_text(encoding="utf-8-sig").translate(_BLANKS).split()
    try:
        return np.array(list(map(float, words)), dtype=np.float64)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def write_text(path: Path, text: str) -> None:
    """Write a whole file or nothing: under another name, flushed to disk, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f".{path.name}.{os.getpid()}.part")
    with waiting.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(path)
