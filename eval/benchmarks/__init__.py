"""The benchmarks by name: one reader and one line of the table each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from eval.benchmarks.plain import read_folder
from eval.errors import BenchmarkError
from eval.sequence import Sequence

Reader = Callable[[Path, str | None], Iterator[Sequence]]


@dataclass(frozen=True)
class Benchmark:
    """What is known of a benchmark before it is read.

    Attributes:
        read: (root, split) -> sequences in the official order.
        title: the name in prose.
        protocol: the protocol its published numbers use.
        layout: what the reader expects under the root.
        folders: usual names of the root below a common folder of data sets.
        splits: names of its splits, the default first; () where there is only one.
        official: number of sequences of the default split, 0 if that is free.
    """

    read: Reader
    title: str
    protocol: str
    layout: str
    folders: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    official: int = 0


BENCHMARKS: Mapping[str, Benchmark] = MappingProxyType(
    {
        "folder": Benchmark(
            read_folder, "Plain folder", "otb", "NAME/groundtruth.txt, NAME/img/000001.jpg"
        ),
    }
)


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
