"""MOTChallenge (motchallenge.net): videos of many targets, and each of its targets alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.disk import numbered_pictures, text_of, truth_of
from eval.errors import BenchmarkError
from eval.sequence import Sequence

Floats = NDArray[np.float64]

COLUMNS = 9


@dataclass(frozen=True, eq=False)
class TargetVideo:
    """A video and the true boxes of its targets.

    Attributes:
        name: of the video.
        length: how many frames it has.
        rows: (N, 9) frame (from 1), id, x, y, w, h (first pixel 1), flag (0: not counted), class,
            visibility.
        image_size: (width, height) in pixels.
        frames: its pictures; empty when only the annotation was at hand.
    """

    name: str
    length: int
    rows: Floats
    image_size: tuple[int, int]
    frames: tuple[Path, ...] = ()


def read_motchallenge(root: Path, split: str | None = None) -> Iterator[Sequence]:
    """Read every counted target of every video as a sequence VIDEO-ID of its own.

    A sequence runs from the first frame of the target to its last; it is NaN in between where the
    target has no box. For measures of many targets at once see `read_videos`.
    """
    for video in read_videos(root, split):
        counted = video.rows[video.rows[:, 6] != 0]
        for target in np.unique(counted[:, 1]):
            rows = counted[counted[:, 1] == target]
            first, last = int(rows[:, 0].min()), int(rows[:, 0].max())
            boxes = np.full((last - first + 1, 4), np.nan)
            boxes[rows[:, 0].astype(int) - first] = rows[:, 2:6]
            yield Sequence(
                f"{video.name}-{int(target)}",
                video.frames[first - 1 : last],
                truth_of(boxes, 1),
                image_size=video.image_size,
                benchmark="motchallenge",
                origin=1,
                annotation=boxes,
            )


def read_videos(root: Path, split: str | None = None) -> Iterator[TargetVideo]:
    """Read SPLIT/VIDEO/{seqinfo.ini, gt/gt.txt, img1/000001.jpg}; train is the default split.

    Raises:
        BenchmarkError: there is no video, or one lacks its files or entries.
    """
    folder = split_folder(root, split)
    files = sorted(folder.glob("*/seqinfo.ini"))
    if not files:
        raise BenchmarkError(
            f"expected {root / (split or 'train')}/VIDEO/seqinfo.ini, found no such file"
        )
    for file in files:
        length, width, height = (_entry(file, key) for key in ("seqLength", "imWidth", "imHeight"))
        yield TargetVideo(
            name=file.parent.name,
            length=length,
            rows=read_targets(file.parent / "gt" / "gt.txt", length),
            image_size=(width, height),
            frames=numbered_pictures(file.parent / "img1", range(1, length + 1)),
        )


def split_folder(root: Path, split: str | None = None) -> Path:
    """Find the folder of a split's videos: that of its name, or the root itself."""
    folder = root / (split or "train")
    return folder if folder.is_dir() else root


def read_targets(path: Path, length: int) -> Floats:
    """Read MOTChallenge's lines of 6 to 10 numbers as (N, 9); what is lacking becomes 1.

    Args:
        path: annotation or result of a video.
        length: how many frames the video has.

    Raises:
        BenchmarkError: the file is missing, or a line is something else, or of no such frame.
    """
    rows = []
    for number, line in enumerate(text_of(path).splitlines(), start=1):
        words = line.replace(",", " ").split()
        if not words:
            continue
        try:
            values = [float(word) for word in words[:COLUMNS]]
        except ValueError as error:
            raise BenchmarkError(f"{path}:{number}: {error}") from error
        if not 6 <= len(words) <= 10:
            raise BenchmarkError(f"{path}:{number}: expected 6 to 10 numbers, found {len(words)}")
        if not (1 <= values[0] <= length and values[0].is_integer()):
            raise BenchmarkError(f"{path}:{number}: frames must lie between 1 and {length}")
        rows.append(values + [1.0] * (COLUMNS - len(values)))
    return np.array(rows, dtype=np.float64).reshape(-1, COLUMNS)


def _entry(file: Path, key: str) -> int:
    """Read a number of seqinfo.ini."""
    found = re.search(rf"^{key}\s*=\s*(\d+)\s*$", text_of(file), re.MULTILINE)
    if found is None:
        raise BenchmarkError(f"expected a line '{key}=NUMBER' in {file}")
    return int(found.group(1))
