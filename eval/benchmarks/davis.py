"""DAVIS (Perazzi et al., CVPR 2016; Pont-Tuset et al., 2017): boxes around its masks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.disk import all_pictures, names_of, pictures_of
from eval.errors import BenchmarkError
from eval.picture import read_picture
from eval.sequence import Sequence

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


def read_davis(root: Path, split: str | None = None) -> Iterator[Sequence]:
    """Read Annotations/480p/NAME/00000.png and JPEGImages/480p/NAME/00000.jpg.

    Splits: val (the default) and train of 2017, where every object is a sequence NAME_1, NAME_2 and
    so on, begun at its first mask; val-2016 and train-2016, where all that is marked is one object
    and the sequence is called NAME. The lists are ImageSets/YEAR/PART.txt; the boxes are the
    smallest that hold the mask, NaN where there is none.
    """
    part, _, year = (split or "val").partition("-")
    for name in names_of(root / "ImageSets" / (year or "2017") / f"{part}.txt"):
        yield from _objects(root, name, single=bool(year))


def _objects(root: Path, name: str, *, single: bool) -> Iterator[Sequence]:
    """Read every object of a video."""
    folder = root / "Annotations" / "480p" / name
    files = all_pictures(folder)
    if not files:
        raise BenchmarkError(f"expected the masks {folder}/00000.png and so on, found none")
    masks = [_labels(file) for file in files]
    if single:
        masks = [(mask > 0).astype(np.int64) for mask in masks]
    pictures = pictures_of(root / "JPEGImages" / "480p" / name, len(files))
    height, width = masks[0].shape
    for label in range(1, max(int(mask.max()) for mask in masks) + 1):
        boxes = np.array([_around(mask == label) for mask in masks])
        seen = np.flatnonzero(~np.isnan(boxes[:, 0]))
        if seen.size:
            yield Sequence(
                name if single else f"{name}_{label}",
                pictures[seen[0] :],
                boxes[seen[0] :],
                image_size=(width, height),
                benchmark="davis",
            )


def _labels(file: Path) -> Labels:
    """Read a mask (H, W): 0 is background, 1, 2, ... are objects, in the file's palette order.

    OpenCV gives colours, not palette numbers; in the palette of PASCAL VOC, which DAVIS uses, the
    lowest bits of the number are the highest bits of red, green and blue, and so on downwards.
    """
    mask = read_picture(file, cv2.IMREAD_UNCHANGED)
    if mask.ndim == 2:
        return np.asarray(mask == 255 if mask.max() == 255 else mask, dtype=np.int64)
    labels = np.zeros(mask.shape[:2], dtype=np.int64)
    for channel, shift in ((2, 0), (1, 1), (0, 2)):
        for level in range(2):
            bit = (mask[..., channel].astype(np.int64) >> (7 - level)) & 1
            labels |= bit << (3 * level + shift)
    return labels


def _around(mask: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    """Smallest box xywh that holds a mask (H, W); NaN for an empty one."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return (np.nan, np.nan, np.nan, np.nan)
    left, top = float(columns[0]), float(rows[0])
    return (left, top, columns[-1] - left + 1, rows[-1] - top + 1)
