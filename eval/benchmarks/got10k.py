"""GOT-10k (Huang et al., TPAMI 2019)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from eval.benchmarks.disk import (
    all_pictures,
    boxes_of,
    folders_with,
    names_of,
    numbers_of,
    pictures_of,
    text_of,
    truth_of,
)
from eval.errors import BenchmarkError
from eval.sequence import Sequence

_RESOLUTION = re.compile(r"resolution:\s*\((\d+),\s*(\d+)\)")
_CATEGORY = re.compile(r"object_class:\s*(\S.*)")


def read_got10k(root: Path, split: str | None = None) -> Iterator[Sequence]:
    """Read SPLIT/NAME/{groundtruth.txt, 00000001.jpg} and, but for the test, the labels.

    Splits: val (the default), test (its truth is the first box only), train. SPLIT/list.txt is the
    order, where it exists.
    """
    split = split or "val"
    folder = root / split if (root / split).is_dir() else root
    for sequence in _folders(folder):
        yield _hidden(sequence) if split == "test" else _labelled(sequence)


def _folders(folder: Path) -> list[Path]:
    """List the sequences' folders, all of which the list, if there is one, must name truly."""
    if not (folder / "list.txt").is_file():
        return folders_with(folder, "groundtruth.txt")
    folders = [folder / name for name in names_of(folder / "list.txt")]
    lacking = [each.name for each in folders if not each.is_dir()]
    if lacking:
        raise BenchmarkError(
            f"{folder}/list.txt names {len(folders)} sequences, {len(lacking)} have no folder, "
            f"such as {lacking[0]}: is the archive half extracted?"
        )
    return folders


def _labelled(folder: Path) -> Sequence:
    boxes = boxes_of(folder / "groundtruth.txt")
    meta = folder / "meta_info.ini"
    text = text_of(meta)
    size, category = _RESOLUTION.search(text), _CATEGORY.search(text)
    if size is None:
        raise BenchmarkError(f"expected a line 'resolution: (width, height)' in {meta}")
    absent = numbers_of(folder / "absence.label", len(boxes)) > 0
    return Sequence(
        folder.name,
        pictures_of(folder, len(boxes)),
        truth_of(boxes, 0, absent),
        image_size=(int(size.group(1)), int(size.group(2))),
        category=category.group(1).strip() if category else None,
        benchmark="got10k",
        annotation=boxes,
        absent=absent,
        cover=numbers_of(folder / "cover.label", len(boxes)).astype(np.int64),
    )


def _hidden(folder: Path) -> Sequence:
    """Read a test sequence: one true box, and as many frames as there are pictures."""
    boxes = boxes_of(folder / "groundtruth.txt")
    frames = tuple(all_pictures(folder))
    truth = np.full((max(len(frames), 1), 4), np.nan)
    truth[0] = boxes[0]
    return Sequence(folder.name, frames, truth, benchmark="got10k")
