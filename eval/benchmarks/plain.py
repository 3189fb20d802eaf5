"""A plain folder of clips: NAME/img/000001.jpg ... and NAME/groundtruth.txt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from eval.benchmarks.disk import boxes_of, folders_with, pictures_of
from eval.sequence import Sequence


def read_folder(root: Path, _split: str | None = None) -> Iterator[Sequence]:  # noqa: ARG001
    """Read NAME/groundtruth.txt (x,y,w,h a line, 0-based; NaN where absent) and NAME/img/*."""
    for folder in folders_with(root, "groundtruth.txt"):
        truth = boxes_of(folder / "groundtruth.txt")
        frames = pictures_of(folder / "img", len(truth))
        yield Sequence(folder.name, frames, truth)
