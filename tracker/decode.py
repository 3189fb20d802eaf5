"""Head maps -> where the target is in the search crop. Pure functions, no state, no device."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tracker.maps import HeadMaps, Maps


@dataclass(frozen=True, slots=True)
class Peak:
    """The best cell of one search crop; positions and sizes are fractions of the crop side."""

    center: tuple[float, float]
    size: tuple[float, float]
    score: float  # the network's own, in [0, 1]
    likeness: float  # of the box to the last one, in (0, 1]


@cache
def hann_window(grid: int) -> NDArray[np.float32]:
    """A (grid, grid) prior in (0, 1], since targets seldom jump.

    w_i = (1 - cos(2 pi i / (n + 1))) / 2 for i = 1..n, along both axes.
    """
    edge = np.hanning(grid + 2)[1:-1]
    window = np.outer(edge, edge).astype(np.float32)
    window.flags.writeable = False  # all who ask are given the same
    return window


def decode(
    maps: HeadMaps,
    index: int,
    *,
    influence: float,
    penalty: float,
    last_size: tuple[float, float],
) -> Peak:
    """Choose the best cell of one search crop.

    Cells whose box differs from the last one in scale or aspect are held back, and so are cells
    far from the middle (SiamRPN, Li et al. 2018). Both only choose; the score stays the network's.

    Args:
        maps: of N search crops.
        index: which of them.
        influence: of the Hann window, in [0, 1]; 1 multiplies the score by it, 0 leaves it out.
        penalty: strength of the size penalty; 0 leaves it out.
        last_size: (w, h) of the last box, fractions of the crop side.
    """
    score, size = maps.score[index], maps.size[index]
    likeness = _likeness(size, last_size, penalty)
    grid = score.shape[-1]
    ranked = score * likeness * (1 - influence + influence * hann_window(grid))
    best = int(np.argmax(ranked))
    row, column = divmod(best, grid)
    dx, dy = maps.offset[index, :, row, column]
    w, h = size[:, row, column]
    return Peak(
        ((column + float(dx)) / grid, (row + float(dy)) / grid),
        (float(w), float(h)),
        float(score[row, column]),
        float(likeness[row, column]),
    )


def _likeness(size: Maps, last_size: tuple[float, float], penalty: float) -> Maps:
    """exp(-penalty * (change of scale * change of aspect - 1)) for every cell."""
    w, h = size
    last_w, last_h = np.asarray(last_size, dtype=np.float32)
    scale = np.sqrt(_padded_area(w, h) / _padded_area(last_w, last_h))
    aspect = (w / h) * (last_h / last_w)
    change = np.maximum(scale, 1 / scale) * np.maximum(aspect, 1 / aspect)
    return np.asarray(np.exp(-penalty * (change - 1)), dtype=np.float32)


def _padded_area(w: Maps, h: Maps) -> Maps:
    margin = (w + h) / 2
    return np.asarray((w + margin) * (h + margin), dtype=np.float32)


def blended(old: float, new: float, rate: float) -> float:
    """A step of `rate` from `old` towards `new`, on a logarithmic scale."""
    return old * math.exp(rate * math.log(new / old))
