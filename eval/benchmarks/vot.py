"""VOT's data sets, short-term and long-term, 2013 to 2022 (votchallenge.net)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from eval.benchmarks.disk import folders_with, names_of, numbers_of, pictures_of, truth_of
from eval.errors import BenchmarkError
from eval.regions import read_regions
from eval.sequence import Sequence

GROUND = "groundtruth.txt"


def read_vot(root: Path, _split: str | None = None) -> Iterator[Sequence]:
    """Read a short-term data set.

    NAME/groundtruth.txt and NAME/color/00000001.jpg (before 2018: NAME/00000001.jpg), under the
    root or its folder "sequences", in the order of list.txt. Rectangles are taken as they are,
    polygons (to 2019) and masks (from 2020) as the upright box around them. Attributes are the
    NAME/*.tag (before 2018: *.label) in which some frame is marked.
    """
    return _read(root, "vot")


def read_vot_lt(root: Path, _split: str | None = None) -> Iterator[Sequence]:
    """Read a long-term data set: the same layout, with NaN where the target is absent."""
    return _read(root, "vot-lt")


def _read(root: Path, benchmark: str) -> Iterator[Sequence]:
    for base in (root, root / "sequences"):
        if (base / "list.txt").is_file():
            folders = [base / name for name in names_of(base / "list.txt")]
            break
    else:
        folders = folders_with(
            root / "sequences" if (root / "sequences").is_dir() else root, GROUND
        )
    for folder in folders:
        yield _sequence(folder, benchmark)


def _sequence(folder: Path, benchmark: str) -> Sequence:
    try:
        boxes = read_regions(folder / GROUND)
    except FileNotFoundError as error:
        raise BenchmarkError(f"expected the annotation {folder / GROUND}, not there") from error
    except ValueError as error:
        raise BenchmarkError(f"damaged annotation: {error}") from error
    color = folder / "color"
    tags = [*folder.glob("*.tag"), *folder.glob("*.label")]
    return Sequence(
        folder.name,
        pictures_of(color if color.is_dir() else folder, len(boxes)),
        truth_of(boxes, 0),
        frozenset(tag.stem for tag in tags if (numbers_of(tag, None) > 0).any()),
        benchmark=benchmark,
        annotation=boxes,
    )
