"""What is known of a benchmark before it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from eval.sequence import Sequence

Reader = Callable[[Path, str | None], Iterator[Sequence]]


@dataclass(frozen=True)
class Benchmark:
    """A benchmark, by its reader and what must lie on the disk.

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
