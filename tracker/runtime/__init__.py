"""One protocol in front of every inference engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tracker.maps import HeadMaps
from tracker.memory import Memory

__all__ = ["LARGEST_BATCH", "Memory", "Pixels", "Runtime"]

Pixels = NDArray[np.uint8]  # (N, S, S, 3), RGB; normalisation is inside the network graph

LARGEST_BATCH = 32  # crops in one call of `match`; engines are built for up to this many


class Runtime(Protocol):
    """Runs one tracking network on one device. NumPy goes in, NumPy comes out."""

    def encode(self, templates: Pixels) -> Memory:
        """Compute what the network needs to remember of N templates."""

    def stack(self, memories: Sequence[Memory]) -> Memory:
        """Join memories of N1, N2, ... templates to one of N1 + N2 + ..."""

    def match(self, memory: Memory, searches: Pixels) -> HeadMaps:
        """Look for N remembered templates in N search crops."""
