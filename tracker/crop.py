"""Cut a square around a box, and remember how to get back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.box import Box

Pixels = NDArray[Any]  # (H, W) or (H, W, channels)
Rule = Literal["area", "context"]


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
class Crop:
    """A square view of a frame, and the similarity that relates the two."""

    pixels: Pixels  # (size, size) or (size, size, channels), as the frame's
    origin: tuple[float, float]  # frame position of the crop's top-left corner, pixels
    scale: float  # crop pixels per frame pixel

    def to_frame(self, box: Box) -> Box:
        """Crop pixels -> frame pixels."""
        ox, oy = self.origin
        s = self.scale
        return Box(box.x / s + ox, box.y / s + oy, box.w / s, box.h / s)

    def to_crop(self, box: Box) -> Box:
        """Frame pixels -> crop pixels."""
        ox, oy = self.origin
        s = self.scale
        return Box((box.x - ox) * s, (box.y - oy) * s, box.w * s, box.h * s)


def crop_square(frame: Pixels, center: tuple[float, float], side: float, *, size: int) -> Crop:
    """Cut the square of `side` frame pixels around `center` and resize it to `size`.

    Pixels outside the frame have the frame's mean colour.
    """
    scale = size / side
    origin = (center[0] - side / 2, center[1] - side / 2)
    # only what can be seen is touched: OpenCV copies arrays with strides, and 8K frames are large
    part, (left, top) = _part(frame, origin, side)
    height, width = frame.shape[:2]
    # a pixel's width within, since the outermost are blended with their neighbours
    inside = min(origin) >= 1 and origin[0] + side < width and origin[1] + side < height
    fill = () if inside else _mean_colour(frame)
    if part.size == 0:
        pixels = np.empty((size, size, *frame.shape[2:]), frame.dtype)
        pixels[:] = fill if frame.ndim == 3 else fill[0]
        return Crop(pixels, origin, scale)
    # warpAffine maps pixel centres, hence the half pixels
    shift = np.array(
        [
            [scale, 0, (left - origin[0] + 0.5) * scale - 0.5],
            [0, scale, (top - origin[1] + 0.5) * scale - 0.5],
        ]
    )
    pixels = cv2.warpAffine(
        part,
        shift,
        (size, size),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=fill,
    )
    return Crop(pixels, origin, scale)


def _part(
    frame: Pixels, origin: tuple[float, float], side: float
) -> tuple[Pixels, tuple[int, int]]:
    """The part of the frame that the crop sees, with a pixel around it, and where it begins."""
    height, width = frame.shape[:2]
    left, top = (max(math.floor(value) - 1, 0) for value in origin)
    right = min(math.ceil(origin[0] + side) + 1, width)
    bottom = min(math.ceil(origin[1] + side) + 1, height)
    return frame[top : max(bottom, top), left : max(right, left)], (left, top)


def _mean_colour(frame: Pixels) -> tuple[float, ...]:
    """Of a grid of about 128 pixels a side: as good as of all, and quick on large frames."""
    step = max(1, min(frame.shape[:2]) // 128)
    thin = frame[::step, ::step]
    return tuple(thin.reshape(-1, *frame.shape[2:]).mean(0, dtype=np.float64).reshape(-1).tolist())
