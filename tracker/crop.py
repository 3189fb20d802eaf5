"""A square around a box: how to cut it out of a frame, and how to get back."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.box import Box

Pixels = NDArray[Any]  # (H, W) or (H, W, channels)
Rule = Literal["area", "context"]

_LARGEST = 2**15 - 2  # pixels of a side: OpenCV 4 warps no larger images


def area_side(w: float, h: float, factor: float) -> float:
    """Side of a crop that is `factor` times the square root of the box's area, rounded up."""
    return float(math.ceil(math.sqrt(w * h) * factor))


def context_side(w: float, h: float, factor: float) -> float:
    """Side of a crop that leaves room around long boxes (SiamFC, Bertinetto et al. 2016).

    The box is widened by half its mean side before its area is taken. For a square box it is
    `factor` times the box's side, as with `area_side`; of a long box far less is cut off.
    """
    margin = (w + h) / 2
    return factor / 2 * math.sqrt((w + margin) * (h + margin))


def crop_side(box: Box, factor: float, rule: Rule) -> float:
    """Side of the crop around `box`, in frame pixels; at least one."""
    side = area_side if rule == "area" else context_side
    return max(side(box.w, box.h, factor), 1.0)


@dataclass(frozen=True, slots=True)
class Square:
    """A square of a frame that is shown on a crop of `size` pixels; how the two are related."""

    origin: tuple[float, float]  # frame position of its top-left corner, pixels
    side: float  # frame pixels
    size: int  # crop pixels

    @classmethod
    def around(cls, center: tuple[float, float], side: float, size: int) -> Square:
        """The square of `side` frame pixels around `center`."""
        return cls((center[0] - side / 2, center[1] - side / 2), side, size)

    @property
    def center(self) -> tuple[float, float]:
        """Frame position of its middle, pixels."""
        return self.origin[0] + self.side / 2, self.origin[1] + self.side / 2

    @property
    def scale(self) -> float:
        """Crop pixels per frame pixel."""
        return self.size / self.side

    def placed(self, center: tuple[float, float], size: tuple[float, float]) -> Box:
        """A box of this centre and size, fractions of the crop -> frame pixels."""
        (x, y), side = self.origin, self.side
        return Box.from_center(
            x + center[0] * side, y + center[1] * side, size[0] * side, size[1] * side
        )

    def part(self, frame_wh: tuple[int, int]) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of what is seen of a frame and a pixel around; may be empty."""
        (x, y), side, (width, height) = self.origin, self.side, frame_wh
        left, top = max(math.floor(x) - 1, 0), max(math.floor(y) - 1, 0)
        right, bottom = min(math.ceil(x + side) + 1, width), min(math.ceil(y + side) + 1, height)
        return left, top, max(right, left), max(bottom, top)

    def inside(self, frame_wh: tuple[int, int]) -> bool:
        """Whether nothing outside of a frame is seen: at its edge, pixels are blended with that."""
        (x, y), side, (width, height) = self.origin, self.side, frame_wh
        return x >= 1 and y >= 1 and x + side < width and y + side < height


def cut(
    frame: Pixels, square: Square, mean: Callable[[], tuple[float, ...]] | None = None
) -> Pixels:
    """What `square` shows of `frame`; pixels outside the frame have the frame's mean colour.

    Args:
        frame: to cut from.
        square: what to cut.
        mean: the frame's mean colour, where that is known already; asked if it is needed.
    """
    origin, scale, size = square.origin, square.scale, square.size
    height, width = frame.shape[:2]
    # only what can be seen is touched: OpenCV copies arrays with strides, and 8K frames are large
    left, top, right, bottom = square.part((width, height))
    part = frame[top:bottom, left:right]
    fill = () if square.inside((width, height)) else mean() if mean else mean_colour(frame)
    if part.size == 0:
        empty = np.empty((size, size, *frame.shape[2:]), frame.dtype)
        empty[:] = fill if frame.ndim == 3 else fill[0]
        return empty
    step = math.ceil(max(part.shape[:2]) / _LARGEST)  # of that many a crop shows few anyway
    # warpAffine maps pixel centres, hence the half pixels
    shift = np.array(
        [
            [step * scale, 0, (left - origin[0] + 0.5) * scale - 0.5],
            [0, step * scale, (top - origin[1] + 0.5) * scale - 0.5],
        ]
    )
    shown = part[::step, ::step]
    # OpenCV warps four channels twice as fast as three
    few = shown.shape[0] * shown.shape[1] <= 2 * size * size
    widened = few and shown.dtype == np.uint8 and shown.shape[2:] == (3,)
    pixels: Pixels = cv2.warpAffine(
        cv2.cvtColor(shown, cv2.COLOR_BGR2BGRA) if widened else shown,
        shift,
        (size, size),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=fill,
    )
    return cv2.cvtColor(pixels, cv2.COLOR_BGRA2BGR) if widened else pixels


def thinning(frame_wh: tuple[int, int]) -> int:
    """Every how many pixels make a grid of about 128 a side."""
    return max(1, min(frame_wh) // 128)


def thinned(frame: Any) -> Any:
    """A grid of pixels: its mean is as good as that of all, and quick to take."""
    step = thinning((frame.shape[1], frame.shape[0]))
    return frame[::step, ::step]


def of_one_colour(part: Any) -> bool:
    """Whether all of some pixels are the same: an array's or a tensor's, (H, W) or (H, W, C)."""
    first = part[0, 0]
    # the first row tells nearly always, and at once
    return bool((part[0] == first).all()) and bool((part == first).all())


def mean_colour(frame: Pixels) -> tuple[float, ...]:
    """The mean of each channel, of a grid of pixels."""
    grid = thinned(frame)
    # one by one: NumPy is slow at gathering a few bytes here and there
    channels = (grid,) if grid.ndim == 2 else (grid[..., c] for c in range(grid.shape[2]))
    return tuple(cv2.mean(np.ascontiguousarray(channel))[0] for channel in channels)
