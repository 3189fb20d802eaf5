"""Tiny data sets in the official layouts, and boxes made by a rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def chance(seed: int, count: int) -> Floats:
    """Numbers in [0, 1) from a rule that is the same everywhere and for ever (Lehmer's, 1951)."""
    state, numbers = seed % 2147483647 or 1, []
    for _ in range(count):
        state = state * 48271 % 2147483647
        numbers.append(state / 2147483647)
    return np.array(numbers)


def truth(count: int, seed: int = 1) -> Floats:
    """Make whole-numbered boxes (count, 4) xywh, all with positive numbers."""
    table = chance(seed, count * 4).reshape(count, 4)
    return np.floor(table * [200, 150, 60, 50] + [1, 1, 12, 10])


def write(path: Path, text: str) -> Path:
    """Write a file and the folders it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def write_rows(path: Path, rows: Iterable[Iterable[float]], delimiter: str = ",") -> Path:
    """Write numbers, a row a line."""
    return write(path, "".join(delimiter.join(f"{n:g}" for n in row) + "\n" for row in rows))


def pictures(folder: Path, numbers: Sequence[int], form: str = "{:04d}.jpg") -> None:
    """Make empty files with the names of pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        (folder / form.format(number)).touch()


def lasot(root: Path, name: str, boxes: Floats, away: Iterable[int] = ()) -> Path:
    """Make a LaSOT sequence without pictures; `away` are frames out of view."""
    folder = root / name.split("-", maxsplit=1)[0] / name
    write_rows(folder / "groundtruth.txt", boxes)
    write(folder / "full_occlusion.txt", ",".join("0" for _ in boxes))
    marks = set(away)
    write(folder / "out_of_view.txt", ",".join(str(int(i in marks)) for i in range(len(boxes))))
    return folder


def got10k(root: Path, name: str, boxes: Floats, cover: Sequence[int]) -> Path:
    """Make a GOT-10k validation sequence without pictures, of 320 x 240 pixels."""
    folder = root / "val" / name
    write_rows(folder / "groundtruth.txt", boxes)
    write(folder / "meta_info.ini", "[METAINFO]\nresolution: (320, 240)\nobject_class: duck\n")
    write(folder / "absence.label", "".join(f"{int(not c)}\n" for c in cover))
    write(folder / "cover.label", "".join(f"{c}\n" for c in cover))
    return folder
