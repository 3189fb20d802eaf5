"""Frames for a GPU without PyTorch: of this machine's memory, or there already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.crop import Square
from tracker.errors import FrameError
from tracker.frame import Colour, check_shape
from tracker.picture import Picture

_INTERFACE = "__cuda_array_interface__"  # of CuPy, Numba, PyTorch, NVIDIA's decoders and cameras


@dataclass(frozen=True, slots=True)
class GpuImage:
    """A frame of bytes in the GPU's address space, as another library has it."""

    owner: object  # keeps the memory
    address: int
    wh: tuple[int, int]  # width and height, pixels
    channels: int
    pitch: int  # bytes from row to row
    colour: Colour
    stream: int  # what writes it; 0: the default one

    @classmethod
    def of(cls, frame: object, colour: Colour) -> GpuImage:
        """Take a frame as it lies.

        Raises:
            FrameError: if it is no image of bytes, or its pixels do not lie side by side.
        """
        interface: dict[str, Any] = getattr(frame, _INTERFACE)
        shape = tuple(map(int, interface["shape"]))
        check_shape(shape)
        if interface["typestr"] != "|u1":
            raise FrameError(f"a frame on the GPU has uint8 pixels, got {interface['typestr']}")
        height, width = shape[:2]
        channels = shape[2] if len(shape) == 3 else 1
        strides = interface.get("strides") or (width * channels, channels, 1)[: len(shape)]
        if tuple(strides[1:]) != (channels, 1)[: len(shape) - 1] or strides[0] < width * channels:
            raise FrameError(f"a frame on the GPU has its pixels side by side, got {strides=}")
        address = int(interface["data"][0])
        stream = interface.get("stream") or 0
        return cls(frame, address, (width, height), channels, int(strides[0]), colour, stream)


@dataclass(frozen=True, slots=True)
class Seen:
    """N crops that are not cut yet: squares of one size, and the frame that they lie in."""

    frame: Picture | GpuImage
    squares: Sequence[Square]

    def __len__(self) -> int:
        return len(self.squares)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(N, S, S, 3), as of crops that are cut."""
        size = self.squares[0].size
        return len(self.squares), size, size, 3


@dataclass(frozen=True, slots=True)
class GpuView:
    """A `View` whose crops are cut where and when the network asks for them."""

    frame: Picture | GpuImage

    @classmethod
    def of(cls, frame: object, colour: Colour) -> GpuView:
        """Check a frame; raises FrameError where it is no image."""
        there = hasattr(frame, _INTERFACE)
        return cls(GpuImage.of(frame, colour) if there else Picture.of(frame, colour))

    @property
    def wh(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.frame.wh

    def is_plain(self, square: Square) -> bool:
        """See `View`; of a frame that lies on the GPU it is not known."""
        return isinstance(self.frame, Picture) and self.frame.is_plain(square)

    def cut(self, squares: Sequence[Square]) -> Seen:
        """See `View`."""
        return Seen(self.frame, squares)

    def kept(self, squares: Sequence[Square]) -> NDArray[np.uint8] | None:
        """See `View`; of a frame that lies on the GPU nothing is kept."""
        return self.frame.cut(squares) if isinstance(self.frame, Picture) else None
