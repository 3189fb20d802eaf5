"""Benchmarks: what there is, where it lies, reading it, and checking that it is whole."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from eval.benchmarks.base import Benchmark, Reader
from eval.benchmarks.table import BENCHMARKS
from eval.errors import BenchmarkError
from eval.sequence import Sequence

__all__ = [
    "BENCHMARKS",
    "Benchmark",
    "Reader",
    "Report",
    "check",
    "check_all",
    "find_root",
    "lookup",
    "read",
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
    return next((root / folder for folder in benchmark.folders if (root / folder).is_dir()), root)


def lookup(name: str) -> Benchmark:
    """Find a benchmark by name.

    Raises:
        BenchmarkError: there is none of that name.
    """
    if name not in BENCHMARKS:
        raise BenchmarkError(f"no benchmark {name!r}; there are: {', '.join(sorted(BENCHMARKS))}")
    return BENCHMARKS[name]


def read(name: str, root: Path | None = None, split: str | None = None) -> list[Sequence]:
    """Read a benchmark's sequences in their official order.

    Raises:
        BenchmarkError: the name or split is unknown, or the data are not as expected.
    """
    benchmark = lookup(name)
    if split is not None and split not in benchmark.splits:
        known = ", ".join(benchmark.splits) or "none"
        raise BenchmarkError(f"{name} has no split {split!r}; it has: {known}")
    return list(benchmark.read(find_root(name, root), split))


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
    if not problem and benchmark.official not in {0, len(found)}:
        problem = f"{len(found)} sequences of {benchmark.official}"
    return Report(
        name=name,
        root=place,
        found=len(found),
        official=benchmark.official,
        frames=sum(map(len, found)),
        pictured=sum(1 for sequence in found if sequence.frames),
        problem=problem,
    )


def check_all(root: Path) -> list[Report]:
    """Check every benchmark that has a folder of one of its usual names below a common root."""
    return [
        check(name, root)
        for name, benchmark in BENCHMARKS.items()
        if any((root / folder).is_dir() for folder in benchmark.folders)
    ]
