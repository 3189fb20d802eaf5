"""TrackingNet (Mueller et al., ECCV 2018)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from eval.benchmarks.disk import all_pictures, boxes_of, truth_of
from eval.errors import BenchmarkError
from eval.sequence import Sequence


def read_trackingnet(root: Path, split: str | None = None) -> Iterator[Sequence]:
    """Read SPLIT/anno/NAME.txt and SPLIT/frames/NAME/0.jpg.

    Splits: TEST (511 sequences; the default), TRAIN_0 to TRAIN_11. Of TEST only the first box of
    each sequence is public: the others are NaN.
    """
    split = split or "TEST"
    files = sorted((root / split / "anno").glob("*.txt"))
    if not files:
        raise BenchmarkError(f"expected {root / split}/anno/NAME.txt, found no such file")
    for file in files:
        boxes = boxes_of(file)
        frames = tuple(all_pictures(root / split / "frames" / file.stem))
        if frames and len(boxes) not in {1, len(frames)}:
            raise BenchmarkError(
                f"{frames[0].parent} has {len(frames)} pictures, {file} {len(boxes)} boxes: "
                "is the archive half extracted?"
            )
        truth = np.full((max(len(frames), len(boxes)), 4), np.nan)
        truth[: len(boxes)] = truth_of(boxes, 0)
        yield Sequence(file.stem, frames, truth, benchmark="trackingnet")
