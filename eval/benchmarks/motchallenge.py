"""MOTChallenge (motchallenge.net): videos of many targets, and each of its targets alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.disk import numbered_pictures, truth_of
from eval.errors import BenchmarkError
from eval.sequence import Sequence
from eval.targets import TargetVideo, read_rows_of

Floats = NDArray[np.float64]


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
    folder = root / (split or "train")
    files = sorted((folder if folder.is_dir() else root).glob("*/seqinfo.ini"))
    if not files:
        raise BenchmarkError(f"expected {folder}/VIDEO/seqinfo.ini, found no such file")
    for file in files:
        length, width, height = (_entry(file, key) for key in ("seqLength", "imWidth", "imHeight"))
        yield TargetVideo(
            name=file.parent.name,
            length=length,
            rows=read_rows_of(file.parent / "gt" / "gt.txt"),
            image_size=(width, height),
            frames=numbered_pictures(file.parent / "img1", range(1, length + 1)),
        )


def _entry(file: Path, key: str) -> int:
    """Read a number of seqinfo.ini."""
    found = re.search(
        rf"^{key}\s*=\s*(\d+)\s*$", file.read_text(encoding="utf-8-sig"), re.MULTILINE
    )
    if found is None:
        raise BenchmarkError(f"expected a line '{key}=NUMBER' in {file}")
    return int(found.group(1))
