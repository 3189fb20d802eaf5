"""Benchmarks: what there is, where it lies, reading it, and checking that it is whole."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from eval.benchmarks.base import Benchmark
from eval.benchmarks.disk import unannotated
from eval.benchmarks.table import BENCHMARKS
from eval.errors import BenchmarkError
from eval.sequence import Sequence

__all__ = [
    "BENCHMARKS",
    "Benchmark",
    "Report",
    "check",
    "check_all",
    "find_root",
    "lookup",
    "read",
    "split_name",
]


@dataclass(frozen=True)
class Report:
    """What a check found.

    Attributes:
        name: of the benchmark.
        root: where it was looked for.
        found: sequences that were read.
        official: how many there should be, 0 if any number will do.
        frames: annotated frames of those.
        pictured: how many of the sequences have their pictures.
        problem: the first thing that is wrong, "" if nothing is.
    """

    name: str
    root: Path
    found: int
    official: int
    frames: int
    pictured: int
    problem: str = ""


def find_root(name: str, root: Path | None = None) -> Path:
    """Find where a benchmark lies: `root` itself, or its usual place in `root` or LOWTRACK_DATA.

    Raises:
        BenchmarkError: the name is unknown, no root is known, or it is not a folder.
    """
    benchmark = lookup(name)
    if root is None:
        if "LOWTRACK_DATA" not in os.environ:
            raise BenchmarkError(f"where is {name}? give --root, or set LOWTRACK_DATA")
        root = Path(os.environ["LOWTRACK_DATA"])
    if not root.is_dir():
        raise BenchmarkError(f"the root of {name}, {root}, is not a folder")
    places = [root / folder for folder in benchmark.folders if (root / folder).is_dir()]
    likely = (place for place in places if (place / benchmark.inside).is_dir())
    return next(likely, places[0] if places else root)


def lookup(name: str) -> Benchmark:
    """Find a benchmark by name.

    Raises:
        BenchmarkError: there is none of that name.
    """
    if name not in BENCHMARKS:
        raise BenchmarkError(f"no benchmark {name!r}; there are: {', '.join(sorted(BENCHMARKS))}")
    return BENCHMARKS[name]


def split_name(name: str, split: str | None) -> str:
    """Name a split for files and folders: "" for the default one, however it was asked for.

    Raises:
        BenchmarkError: there is no benchmark of that name.
    """
    return "" if split in {None, *lookup(name).splits[:1]} else str(split)


def read(name: str, root: Path | None = None, split: str | None = None) -> list[Sequence]:
    """Read a benchmark's sequences in their official order.

    Raises:
        BenchmarkError: the name or split is unknown, or the data are not as expected.
    """
    benchmark = lookup(name)
    if split is not None and split not in benchmark.splits:
        known = ", ".join(benchmark.splits) or "none"
        raise BenchmarkError(f"{name} has no split {split!r}; it has: {known}")
    sequences = list(benchmark.read(find_root(name, root), split))
    for sequence in sequences:
        try:
            sequence.name.encode()
        except UnicodeEncodeError as error:  # its bytes on the disk are not UTF-8
            raise BenchmarkError(f"the sequence {sequence.name!a} needs a name in UTF-8") from error
    return sequences


def check(name: str, root: Path | None = None) -> Report:
    """Read a benchmark's default split, to its end or the first thing that is wrong.

    Raises:
        BenchmarkError: the name is unknown or the root is not a folder.
    """
    benchmark, place = lookup(name), find_root(name, root)
    found, problem = [], ""
    try:
        for sequence in benchmark.read(place, None):
            found.append(sequence)
    except BenchmarkError as error:
        problem = str(error)
    official = benchmark.expected(None)
    if not problem and official not in {0, len(found)}:
        problem = f"{len(found)} sequences of {official}"
    wanted = benchmark.annotation
    bare = unannotated(place, wanted) if wanted and not problem else []
    if bare:
        problem = f"{len(bare)} folders have pictures but no {wanted}, such as {bare[0]}"
    return Report(
        name=name,
        root=place,
        found=len(found),
        official=official,
        frames=sum(map(len, found)),
        pictured=sum(1 for sequence in found if sequence.frames),
        problem=problem,
    )


def check_all(root: Path) -> list[Report]:
    """Check every benchmark that has a folder of one of its usual names below a common root.

    Of several that share a folder, as UAV123 and UAV20L do, those with nothing in it are left out.
    """
    places = {
        name: find_root(name, root)
        for name, benchmark in BENCHMARKS.items()
        if any((root / folder).is_dir() for folder in benchmark.folders)
    }
    there = {name for name, place in places.items() if (place / BENCHMARKS[name].inside).is_dir()}
    taken = {places[name] for name in there}
    return [
        check(name, root) for name, place in places.items() if name in there or place not in taken
    ]
