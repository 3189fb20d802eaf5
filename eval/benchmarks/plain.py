"""Benchmarks that are a folder of folders, one a clip, with an annotation in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from eval.benchmarks.disk import (
    attributes_of,
    boxes_of,
    folders_with,
    numbered_pictures,
    numbers_of,
    pictures_of,
    some_folder,
    truth_of,
)
from eval.errors import BenchmarkError
from eval.sequence import Sequence

DTB70_ATTRIBUTES = ("SV", "ARV", "OCC", "DEF", "FCM", "IPR", "OPR", "OV", "BC", "SOA", "MB")


def read_folder(root: Path, _split: str | None = None) -> Iterator[Sequence]:
    """Read NAME/groundtruth.txt (x,y,w,h a line, 0-based; NaN where absent) and NAME/img/*."""
    for folder in folders_with(root, "groundtruth.txt"):
        boxes = boxes_of(folder / "groundtruth.txt")
        frames = pictures_of(folder / "img", len(boxes))
        yield Sequence(folder.name, frames, truth_of(boxes, 0), benchmark="folder")


def read_dtb70(root: Path, _split: str | None = None) -> Iterator[Sequence]:
    """Read DTB70 (Li, Yeung, AAAI 2017): NAME/groundtruth_rect.txt, NAME/img/00001.jpg."""
    for folder in folders_with(root, "groundtruth_rect.txt"):
        boxes = boxes_of(folder / "groundtruth_rect.txt")
        yield Sequence(
            folder.name,
            pictures_of(folder / "img", len(boxes)),
            truth_of(boxes, 1),
            attributes_of([root / "att"], folder.name, DTB70_ATTRIBUTES),
            benchmark="dtb70",
            origin=1,
            annotation=boxes,
        )


def read_tc128(root: Path, _split: str | None = None) -> Iterator[Sequence]:
    """Read Temple-Color-128 (Liang et al., TIP 2015).

    NAME/NAME_gt.txt, NAME/NAME_frames.txt (first,last) and NAME/img/0001.jpg; the annotation begins
    at the first of the two numbers. The folder may have another name, as pytracking wants it.
    """
    files = sorted(root.glob("*/*_gt.txt"))
    if not files:
        raise BenchmarkError(f"expected {root}/NAME/NAME_gt.txt, found no such file")
    for file in files:
        folder, boxes = file.parent, boxes_of(file)
        frames = file.with_name(file.name.removesuffix("_gt.txt") + "_frames.txt")
        first, last = numbers_of(frames, 2).astype(int).tolist()
        if last - first + 1 != len(boxes):
            raise BenchmarkError(f"{file} has {len(boxes)} boxes for frames {first} to {last}")
        yield Sequence(
            folder.name,
            numbered_pictures(folder / "img", range(first, last + 1)),
            truth_of(boxes, 1),
            benchmark="tc128",
            origin=1,
            annotation=boxes,
        )


def read_uavdt(root: Path, _split: str | None = None) -> Iterator[Sequence]:
    """Read the single-object part of UAVDT (Du et al., ECCV 2018).

    UAV-benchmark-SOT_v1.0/anno/S0101_gt.txt (or anno/) and UAV-benchmark-S/S0101/img000001.jpg (or
    data_seq/, or beside anno/).
    """
    annotations = some_folder(root, "UAV-benchmark-SOT_v1.0/anno", "anno")
    pictures = some_folder(root, "UAV-benchmark-S", "data_seq", ".")
    files = sorted(annotations.glob("S*_gt.txt"))
    if not files:
        raise BenchmarkError(f"expected {annotations}/S0101_gt.txt and so on, found no such file")
    for file in files:
        name, boxes = file.name.removesuffix("_gt.txt"), boxes_of(file)
        yield Sequence(
            name,
            pictures_of(pictures / name, len(boxes)),
            truth_of(boxes, 1),
            benchmark="uavdt",
            origin=1,
            annotation=boxes,
        )
