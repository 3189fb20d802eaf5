"""OTB-100, OTB-50 and OTB-2013 (Wu, Lim, Yang, CVPR 2013 and TPAMI 2015)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from eval.benchmarks.disk import attributes_of, boxes_of, numbered_pictures, truth_of
from eval.benchmarks.otb_names import FIRST, OMITTED, OTB2013, TARGETS, TB50, TB100
from eval.errors import BenchmarkError
from eval.sequence import Sequence

ATTRIBUTES = ("IV", "OPR", "SV", "OCC", "DEF", "MB", "FM", "IPR", "OV", "BC", "LR")
_SPLITS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"otb100": TB100, "otb50": TB50, "otb2013": OTB2013}
)


def read_otb(root: Path, split: str | None = None) -> Iterator[Sequence]:
    """Read NAME/groundtruth_rect.txt and NAME/img/0001.jpg.

    Splits: otb100 (100 targets; the default), otb50, otb2013. Jogging and Skating2 have two targets
    each, in groundtruth_rect.1.txt and .2.txt, and are read as Jogging-1, Jogging-2 and so on;
    Human4 is Human4-2. David's annotation begins with picture 300, BlurCar1's, 3's and 4's with
    247, 3 and 18; David's and four others' pictures outlast it. Tiger1 begins with picture 6, as in
    the toolkit. Attributes are those of the toolkit, att/NAME.txt or anno/att/NAME.txt below the
    root.
    """
    found = False
    for name in sorted(_SPLITS[split or "otb100"], key=str.lower):
        if (root / name).is_dir():
            found = True
            yield from _targets(root, name)
    if not found:
        raise BenchmarkError(
            f"expected {root}/Basketball/groundtruth_rect.txt and so on, found no sequence"
        )


def _targets(root: Path, name: str) -> Iterator[Sequence]:
    """Read every target of a folder."""
    if name not in TARGETS:
        yield _sequence(root, root / name, name, "groundtruth_rect.txt")
    for number in TARGETS.get(name, ()):
        yield _sequence(root, root / name, f"{name}-{number}", f"groundtruth_rect.{number}.txt")


def _sequence(root: Path, folder: Path, name: str, annotation: str) -> Sequence:
    omitted = OMITTED.get(name, 0)
    boxes = boxes_of(folder / annotation)[omitted:]
    first = FIRST.get(name, 1) + omitted
    attributes = attributes_of([root / "att", root / "anno" / "att"], name, ATTRIBUTES)
    return Sequence(
        name,
        numbered_pictures(folder / "img", range(first, first + len(boxes))),
        truth_of(boxes, 1),
        attributes,
        benchmark="otb",
        origin=1,
        omitted=omitted,
        annotation=boxes,
    )
