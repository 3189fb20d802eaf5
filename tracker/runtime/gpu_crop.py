"""Crops cut by an NVIDIA GPU, straight to where a network reads them; the driver is all it needs.

Only what is seen of a frame goes there, once for all crops of a call. The kernel is in crop.cu.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from ctypes import Structure, c_float, c_int, c_uint64
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tracker.crop import Square, mean_colour
from tracker.frame import Colour, to_rgb
from tracker.picture import Picture
from tracker.runtime import LARGEST_BATCH
from tracker.runtime.cuda import Cuda

KERNEL = Path(__file__).with_name("crop.ptx")
_THREADS = 256  # a block

_Many = c_float * LARGEST_BATCH


class _Job(Structure):
    """As in crop.cu."""

    _fields_ = (
        ("part", c_uint64),
        ("crops", c_uint64),
        ("width", c_int),
        ("height", c_int),
        ("channels", c_int),
        ("bgr", c_int),
        ("size", c_int),
        ("mean", c_float * 3),
        ("left", _Many),
        ("top", _Many),
        ("step", _Many),
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """N crops that are not cut yet: squares of one size, and the picture that they lie in."""

    picture: Picture
    squares: Sequence[Square]

    def __len__(self) -> int:
        return len(self.squares)


@dataclass(frozen=True, slots=True)
class GpuView:
    """A `View` whose crops are cut where and when the network asks for them."""

    picture: Picture

    @classmethod
    def of(cls, frame: object, colour: Colour) -> GpuView:
        """Check a frame; raises FrameError where it is no image."""
        return cls(Picture.of(frame, colour))

    @property
    def wh(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.picture.wh

    def cut(self, squares: Sequence[Square]) -> Seen:
        """See `View`."""
        return Seen(self.picture, squares)


class _Room:
    """Bytes here and on the GPU."""

    def __init__(self, cuda: Cuda, size: int) -> None:
        self.pinned, self.address = cuda.pinned(size), cuda.allocate(size)
        weakref.finalize(self, _release, cuda, self.pinned, self.address)


class GpuCropper:
    """Cuts crops in its turn in a stream; for one call at a time."""

    def __init__(self, cuda: Cuda, stream: int) -> None:
        self._cuda, self._stream = cuda, stream
        program = cuda.program(KERNEL.read_bytes())
        weakref.finalize(self, _unload, cuda, program)
        self._kernel = cuda.kernel(program, "crop")
        self._room = _Room(cuda, 1 << 20)  # a part of 600 x 600 pixels

    def cut(self, seen: Seen, address: int) -> None:
        """Write (N, S, S, 3) bytes of RGB to GPU memory at `address`, N at most `LARGEST_BATCH`.

        What was begun before must be done: the part of the frame takes the last one's place.
        """
        picture, squares, size = seen.picture, seen.squares, seen.squares[0].size
        parts = [square.part(picture.wh) for square in squares]
        left, top = (min(part[axis] for part in parts) for axis in (0, 1))
        right, bottom = (max(part[axis] for part in parts) for axis in (2, 3))
        part = picture.frame[top:bottom, left:right]
        plain = part.dtype == np.uint8
        if not plain:
            part = to_rgb(part, picture.gain, picture.colour) if part.size else part[..., :0]
        height, width = part.shape[:2]
        self._upload(part)
        job = _Job(
            part=self._room.address,
            crops=address,
            width=width,
            height=height,
            channels=1 if part.ndim == 2 else part.shape[2],
            bgr=plain and picture.colour == "bgr",
            size=size,
            mean=_mean_rgb(picture, squares),
            left=_Many(*(s.origin[0] - left + s.side / size / 2 - 0.5 for s in squares)),
            top=_Many(*(s.origin[1] - top + s.side / size / 2 - 0.5 for s in squares)),
            step=_Many(*(s.side / size for s in squares)),
        )
        blocks = -(-size * size // _THREADS), len(squares)
        self._cuda.launch(self._kernel, blocks, _THREADS, job, self._stream)

    def _upload(self, part: NDArray[np.uint8]) -> None:
        if part.nbytes > self._room.pinned.nbytes:
            self._room = _Room(self._cuda, part.nbytes)
        if part.size:
            here = self._room.pinned[: part.nbytes]
            np.copyto(here.reshape(part.shape), part)
            self._cuda.upload(self._room.address, here, self._stream)


def _mean_rgb(picture: Picture, squares: Sequence[Square]) -> tuple[float, float, float]:
    """What is seen outside of the frame, if anything is."""
    if all(square.inside(picture.wh) for square in squares):
        return 0.0, 0.0, 0.0
    first, *more = (value * picture.gain for value in mean_colour(picture.frame))
    if not more:
        return first, first, first
    second, third = more[:2]
    return (third, second, first) if picture.colour == "bgr" else (first, second, third)


def _release(cuda: Cuda, pinned: NDArray[np.uint8], address: int) -> None:
    cuda.use()
    cuda.free_pinned(pinned)
    cuda.free(address)


def _unload(cuda: Cuda, program: int) -> None:
    cuda.use()
    cuda.unload(program)
