"""Crops cut by an NVIDIA GPU, straight to where a network reads them; the driver is all it needs.

Of a frame in this machine's memory, only what is seen goes there; where several crops see more than
half of it, all of it does, once for all calls that ask for crops of it. The kernel is in crop.cu.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from ctypes import Structure, c_float, c_int, c_uint64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.crop import Square, mean_colour, thinning
from tracker.errors import FrameError
from tracker.frame import Colour, to_rgb
from tracker.picture import Picture
from tracker.runtime import LARGEST_BATCH
from tracker.runtime.cuda import Cuda
from tracker.runtime.gpu_frame import GpuImage, Seen

KERNEL = Path(__file__).with_name("crop.ptx")
_THREADS = 256  # a block

_Many = c_float * LARGEST_BATCH
_Area = tuple[int, int, int, int]  # left, top, right, bottom of a part of a frame


class _Job(Structure):
    """As in crop.cu."""

    _fields_ = (
        ("part", c_uint64),
        ("crops", c_uint64),
        ("width", c_int),
        ("height", c_int),
        ("channels", c_int),
        ("pitch", c_int),
        ("bgr", c_int),
        ("size", c_int),
        ("mean", c_float * 3),
        ("left", _Many),
        ("top", _Many),
        ("step", _Many),
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """What is seen of a frame, on the GPU."""

    address: int
    corner: tuple[int, int]  # frame position of its first pixel
    wh: tuple[int, int]
    channels: int
    pitch: int
    colour: Colour


@dataclass(frozen=True, slots=True)
class _Held:
    """What was uploaded last, and of which frame."""

    picture: weakref.ref[Picture]
    area: _Area
    part: _Part


class _Room:
    """Bytes here and on the GPU."""

    def __init__(self, cuda: Cuda, size: int) -> None:
        self.address = cuda.allocate(size)
        cuda.end_with(self, cuda.free, self.address)
        self.pinned = cuda.pinned(size)
        cuda.end_with(self, cuda.free_pinned, self.pinned)


class GpuCropper:
    """Cuts crops in its turn in a stream; for one call at a time."""

    def __init__(self, cuda: Cuda, stream: int) -> None:
        self._cuda, self._stream = cuda, stream
        program = cuda.program(KERNEL.read_bytes())
        cuda.end_with(self, cuda.unload, program)
        self._kernel = cuda.kernel(program, "crop")
        self._room = _Room(cuda, 1 << 20)  # a part of 600 x 600 pixels
        self._held: _Held | None = None

    def cut(self, seen: Seen, address: int) -> None:
        """Write (N, S, S, 3) bytes of RGB to GPU memory at `address`, N at most `LARGEST_BATCH`.

        What was begun before must be done: the part of the frame takes the last one's place.

        Raises:
            FrameError: if the frame lies in memory that this GPU does not see.
            EngineError: if the GPU fails.
        """
        frame, squares, size = seen.frame, seen.squares, seen.squares[0].size
        inside = all(square.inside(frame.wh) for square in squares)
        if isinstance(frame, GpuImage):
            if not self._cuda.sees(frame.address):
                raise FrameError("the frame lies where this GPU cannot read it: on another GPU?")
            self._cuda.wait(frame.stream)
            part = _Part(frame.address, (0, 0), frame.wh, frame.channels, frame.pitch, frame.colour)
        else:
            part = self._part(frame, squares)
        left, top = part.corner
        job = _Job(
            part=part.address,
            crops=address,
            width=part.wh[0],
            height=part.wh[1],
            channels=part.channels,
            pitch=part.pitch,
            bgr=part.colour == "bgr",
            size=size,
            mean=(0.0, 0.0, 0.0) if inside else _rgb(self._mean(frame), frame.colour),
            left=_Many(*(s.origin[0] - left + s.side / size / 2 - 0.5 for s in squares)),
            top=_Many(*(s.origin[1] - top + s.side / size / 2 - 0.5 for s in squares)),
            step=_Many(*(s.side / size for s in squares)),
        )
        blocks = -(-size * size // _THREADS), len(squares)
        self._cuda.launch(self._kernel, blocks, _THREADS, job, self._stream)

    def _part(self, picture: Picture, squares: Sequence[Square]) -> _Part:
        """What is seen of a frame of this machine's, on the GPU; it may be there already."""
        area, held = _around(squares, picture.wh), self._held
        if held is None or held.picture() is not picture or not _covers(held.area, area):
            held = _Held(weakref.ref(picture), area, self._uploaded(picture, area))
            self._held = held
        return held.part

    def _uploaded(self, picture: Picture, area: _Area) -> _Part:
        left, top, right, bottom = area
        pixels, colour = picture.frame[top:bottom, left:right], picture.colour
        if pixels.dtype != np.uint8:
            pixels = to_rgb(pixels, picture.gain, colour) if pixels.size else pixels[..., :0]
            colour = "rgb"
        here = self._pinned(pixels.nbytes)
        if pixels.size:
            np.copyto(here.reshape(pixels.shape), pixels)
            self._cuda.upload(self._room.address, here, self._stream)
        height, width = pixels.shape[:2]
        channels = 1 if pixels.ndim == 2 else pixels.shape[2]
        return _Part(
            self._room.address, (left, top), (width, height), channels, width * channels, colour
        )

    def _mean(self, frame: Picture | GpuImage) -> tuple[float, ...]:
        if isinstance(frame, GpuImage):
            return mean_colour(self._thinned(frame))
        return frame.mean

    def _thinned(self, image: GpuImage) -> NDArray[np.uint8]:
        """The grid of pixels that the mean is taken of: its rows are brought here."""
        width, height = image.wh
        step, row = thinning(image.wh), width * image.channels
        rows = -(-height // step)
        here = self._pinned(rows * row)
        self._cuda.download_rows(here, image.address, step * image.pitch, row, self._stream)
        self._cuda.wait(self._stream)
        return here.reshape(rows, width, image.channels)[:, ::step]

    def _pinned(self, size: int) -> NDArray[Any]:
        self._held = None  # it is written over
        if size > self._room.pinned.nbytes:
            self._room = _Room(self._cuda, size)
        return self._room.pinned[:size]


def _around(squares: Sequence[Square], wh: tuple[int, int]) -> _Area:
    """What of a frame any of the squares sees; all of it, where several see more than half."""
    parts = [square.part(wh) for square in squares]
    left, top = (min(part[axis] for part in parts) for axis in (0, 1))
    right, bottom = (max(part[axis] for part in parts) for axis in (2, 3))
    if len(squares) > 1 and (right - left) * (bottom - top) * 2 > wh[0] * wh[1]:
        return 0, 0, *wh
    return left, top, right, bottom


def _covers(there: _Area, area: _Area) -> bool:
    left, top, right, bottom = area
    return there[0] <= left and there[1] <= top and there[2] >= right and there[3] >= bottom


def _rgb(mean: Sequence[float], colour: Colour) -> tuple[float, float, float]:
    if len(mean) == 1:
        return mean[0], mean[0], mean[0]
    first, second, third = mean[:3]
    return (third, second, first) if colour == "bgr" else (first, second, third)
