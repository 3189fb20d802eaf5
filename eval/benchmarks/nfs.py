"""Need for Speed (Kiani Galoogahi et al., ICCV 2017)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.disk import all_pictures, text_of, truth_of
from eval.errors import BenchmarkError
from eval.sequence import Sequence

Floats = NDArray[np.float64]

_SLOWER = 8


def read_nfs(root: Path, split: str | None = None) -> Iterator[Sequence]:
    """Read NAME/30/NAME.txt and NAME/30/NAME/00001.jpg.

    Splits: 30 (the default) or 240 frames a second. The text is VATIC's: id, x1, y1, x2, y2, frame,
    lost, occluded, generated, "label". At 30 frames a second some sequences keep every line of the
    240: of those every eighth counts. Ten sequences lack the last line: the picture is left out.
    """
    rate = split or "30"
    files = sorted(root.glob(f"*/{rate}/*.txt"))
    if not files:
        raise BenchmarkError(f"expected {root}/NAME/{rate}/NAME.txt, found no such file")
    for file in files:
        boxes, lost = _vatic(file)
        pictures = all_pictures(file.with_suffix(""))
        step = _step(file, rate, len(boxes), len(pictures))
        boxes, lost = boxes[::step], lost[::step]
        if pictures and not len(boxes) <= len(pictures) <= len(boxes) + 1:
            raise BenchmarkError(
                f"{file.with_suffix('')} has {len(pictures)} pictures, {file} {len(boxes)} boxes: "
                "is the archive half extracted?"
            )
        truth = truth_of(boxes, 0, lost)
        frames = tuple(pictures[: len(boxes)])
        yield Sequence(file.stem, frames, truth, benchmark="nfs", annotation=boxes, absent=lost)


def _step(file: Path, rate: str, lines: int, pictures: int) -> int:
    """Tell how many lines of the text make a frame: 1, or 8 where it kept those of 240 a second."""
    if rate != "30":
        return 1
    if pictures:
        return _SLOWER if abs(lines / pictures - _SLOWER) < 1 else 1
    fast = file.parent.parent / "240" / file.name
    if not fast.is_file():
        return 1
    return _SLOWER if lines * 2 > len(text_of(fast).splitlines()) else 1


def _vatic(file: Path) -> tuple[Floats, NDArray[np.bool_]]:
    """Read boxes (T, 4) xywh and whether the target is lost (T,)."""
    rows = [line.split()[1:7] for line in text_of(file).splitlines() if line]
    try:
        table = np.array(rows, dtype=np.float64).reshape(-1, 6)
    except ValueError as error:
        raise BenchmarkError(f"damaged annotation {file}: {error}") from error
    if not len(table):
        raise BenchmarkError(f"the annotation {file} is empty")
    return np.hstack([table[:, :2], table[:, 2:4] - table[:, :2]]), table[:, 5] == 1
