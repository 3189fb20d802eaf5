"""Numbers in text files: read fast, written so that a crash leaves the old file or the new one."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_BLANKS = str.maketrans(",;\t", "   ")
_NOT_NUMBERS = 'lu"[{'  # what null, true, strings and lists are written with


def read_text(path: Path) -> str:
    """Read a text file, with or without a byte order mark.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not UTF-8.
    """
    return path.read_text(encoding="utf-8-sig")


def read_rows(path: Path, columns: int) -> Floats:
    """Read a table of numbers separated by commas, semicolons, tabs or blanks.

    Returns:
        (N, columns); words such as NaN and inf become the float they name.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a word is not a number, or a line has another number of columns.
    """
    text = read_text(path)
    try:
        return parse_rows(text, columns)
    except ValueError:
        _complain(path, text.translate(_BLANKS), columns)
        raise


def parse_rows(text: str, columns: int) -> Floats:
    """Read a table of numbers as `read_rows` does, from a text; blank lines count for nothing.

    Raises:
        ValueError: a word is not a number, or the lines have another number of columns.
    """
    found = {len(line.split()) for line in text.translate(_BLANKS).splitlines()} - {0}
    if found - {columns}:
        raise ValueError(f"lines of {', '.join(map(str, sorted(found)))} numbers, not of {columns}")
    return _parse(text).reshape(-1, columns)


def columns_of(text: str) -> int:
    """Count the numbers in the first line that has any; 1 in a text without."""
    lines = (line.split() for line in text.translate(_BLANKS).splitlines())
    return next((len(words) for words in lines if words), 1)


def _parse(text: str) -> Floats:
    """Read all numbers of a text (N,); as a JSON list, which is fast, if they can be one."""
    if not any(mark in text for mark in _NOT_NUMBERS):
        listed = text.rstrip().replace("\t", ",").replace("\n", ",")
        try:
            return np.array(json.loads(f"[{listed}]"), dtype=np.float64)
        except ValueError:
            pass  # not JSON's way of writing numbers, but maybe another
    return np.array(list(map(float, text.translate(_BLANKS).split())), dtype=np.float64)


def _complain(path: Path, text: str, columns: int) -> None:
    """Raise ValueError that names the first line that is not `columns` numbers."""
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        if words and len(words) != columns:
            raise ValueError(f"{path}:{number}: expected {columns} numbers, found {len(words)}")
        for word in words:
            try:
                float(word)
            except ValueError as error:
                raise ValueError(f"{path}:{number}: {word!r} is not a number") from error


def read_numbers(path: Path) -> Floats:
    """Read every number of a file, whatever its lines, as (N,).

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a word is not a number.
    """
    text = read_text(path)
    try:
        return _parse(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write to that becomes `path`, flushed to disk, or nothing if that fails.

    Folders that are missing are made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with waiting.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        waiting.replace(path)
    finally:
        waiting.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with replacing(path) as file:
        file.write(text.encode())
