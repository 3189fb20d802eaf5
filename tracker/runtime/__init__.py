"""One protocol in front of every inference engine."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator, Iterable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tracker.crop import Square
from tracker.frame import Colour
from tracker.maps import HeadMaps
from tracker.memory import Memory

__all__ = [
    "LARGEST_BATCH",
    "BatchRuntime",
    "Crops",
    "FrameRuntime",
    "Memory",
    "Pixels",
    "Runtime",
    "View",
]

Pixels = NDArray[np.uint8]  # (N, S, S, 3), RGB; normalisation is inside the network graph
Crops = Any  # Pixels, or the same in device memory: what a runtime's own views give

LARGEST_BATCH = 32  # crops in one call of `match`; engines are built for up to this many


class Runtime(Protocol):
    """Runs one tracking network on one device. NumPy goes in, NumPy comes out.

    Its methods raise EngineError where the engine fails.
    """

    def encode(self, templates: Pixels) -> Memory:
        """Compute what the network needs to remember of N templates."""

    def stack(self, memories: Sequence[Memory]) -> Memory:
        """Join memories of N1, N2, ... templates to one of N1 + N2 + ..."""

    def match(self, memory: Memory, searches: Pixels) -> HeadMaps:
        """Look for N remembered templates in N search crops."""


class BatchRuntime(Runtime):
    """A runtime that needs more for many crops in a call than for one."""

    @abstractmethod
    def prepare_many(self) -> None:
        """Get that now, and not in the first such call."""


class View(Protocol):
    """A frame, wherever it lies, that crops can be cut from."""

    @property
    def wh(self) -> tuple[int, int]:
        """Width and height, pixels."""

    def is_plain(self, square: Square) -> bool:
        """Whether a square is known to show one colour alone."""

    def cut(self, squares: Sequence[Square]) -> Crops:
        """What N squares of one size S show, (N, S, S, 3) RGB; outside is the mean colour."""

    def kept(self, squares: Sequence[Square]) -> Crops | None:
        """The same in memory of its own, whatever becomes of the frame; None: it has none."""


class FrameRuntime(Runtime):
    """A runtime whose device takes whole frames, once each, and cuts crops by itself.

    Its `encode` and `match` take what its views give, and `Pixels` as well.
    """

    @abstractmethod
    def upload(self, frame: object, colour: Colour) -> View:
        """Bring a frame to the device.

        Args:
            frame: as for `SingleObjectTracker.update`.
            colour: order of the colours in it.

        Raises:
            FrameError: if it is no image.
        """

    def match_each(self, calls: Iterable[tuple[Memory, Crops]]) -> Generator[HeadMaps]:
        """`match` for one call after the other; the next one may run while maps are in use.

        To be closed by who leaves off before its end. Until then this thread asks nothing else of
        the runtime, and others may have to wait.
        """
        for memory, searches in calls:
            yield self.match(memory, searches)
