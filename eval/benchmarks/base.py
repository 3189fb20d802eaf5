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
        official: number of sequences of each split, in their order; () if that is free.
        inside: folder under the root that tells it from others which share the root.
        annotation: file that must lie beside the pictures in each folder right under the root.
    """

    read: Reader
    title: str
    protocol: str
    layout: str
    folders: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    official: tuple[int, ...] = ()
    inside: str = "."
    annotation: str = ""

    def expected(self, split: str | None) -> int:
        """Number of official sequences in a split, None for the default; 0 if that is free."""
        if not self.official:
            return 0
        return self.official[self.splits.index(split) if split else 0]
