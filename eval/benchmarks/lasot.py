"""LaSOT (Fan et al., CVPR 2019) and its extension (IJCV 2021)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from eval.benchmarks.disk import attributes_of, boxes_of, numbers_of, pictures_of, truth_of
from eval.benchmarks.lasot_names import EXTENSION, TEST
from eval.errors import BenchmarkError
from eval.sequence import Sequence

_NAME = re.compile(r"(.+)-(\d+)")

ATTRIBUTES = (
    "IV", "POC", "DEF", "MB", "CM", "ROT", "BC", "VC", "SV", "FOC", "FM", "OV", "LR", "ARC",
)  # fmt: skip


def read_lasot(root: Path, split: str | None = None) -> Iterator[Sequence]:
    """Read CLASS/CLASS-1/{groundtruth,full_occlusion,out_of_view}.txt and img/00000001.jpg.

    Splits: test (280 sequences; the default), train (all others), all. Sequences that are not on
    the disk are passed over: LaSOT comes one archive a class. Attributes are those of the toolkit,
    att/NAME.txt or annos/att/NAME.txt below the root.
    """
    wanted = TEST if split in {None, "test"} else _listed(root, everything=split == "all")
    return _read(root, wanted, "lasot")


def read_lasot_ext(root: Path, _split: str | None = None) -> Iterator[Sequence]:
    """Read the 150 sequences of the extension, in LaSOT's layout."""
    return _read(root, EXTENSION, "lasot-ext")


def _listed(root: Path, *, everything: bool) -> tuple[str, ...]:
    """Name the sequences on the disk, with or without those of the test split."""
    found = [_NAME.fullmatch(path.parent.name) for path in root.glob("*/*-*/groundtruth.txt")]
    numbered = sorted((name[1], int(name[2])) for name in found if name is not None)
    names = [f"{category}-{number}" for category, number in numbered]
    return tuple(name for name in names if everything or name not in TEST)


def _read(root: Path, names: tuple[str, ...], benchmark: str) -> Iterator[Sequence]:
    found = False
    for name in names:
        category = name.rpartition("-")[0]
        folder = root / category / name
        if not folder.is_dir():
            folder = root / name
        if folder.is_dir():
            found = True
            yield _sequence(root, folder, category, benchmark)
    if not found:
        raise BenchmarkError(
            f"expected {root}/CLASS/CLASS-1/groundtruth.txt such as "
            f"{'airplane/airplane-1' if benchmark == 'lasot' else 'atv/atv-1'}, found no sequence"
        )


def _sequence(root: Path, folder: Path, category: str, benchmark: str) -> Sequence:
    boxes = boxes_of(folder / "groundtruth.txt")
    occluded = numbers_of(folder / "full_occlusion.txt", len(boxes)) > 0
    outside = numbers_of(folder / "out_of_view.txt", len(boxes)) > 0
    return Sequence(
        folder.name,
        # monkey-17 is annotated to frame 2260 only, its pictures go on
        pictures_of(folder / "img", len(boxes), surplus=folder.name == "monkey-17"),
        truth_of(boxes, 1, occluded | outside),
        attributes_of([root / "att", root / "annos" / "att"], folder.name, ATTRIBUTES),
        category=category,
        benchmark=benchmark,
        origin=1,
        annotation=boxes,
        full_occlusion=occluded,
        out_of_view=outside,
    )
