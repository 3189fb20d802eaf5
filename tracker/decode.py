"""Head maps -> where the target is in the search crop. Pure functions, no state, no device."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.maps import HeadMaps, Maps

_LEAST = 1e-5  # of a crop's side: a network may answer with no size at all


@dataclass(frozen=True, slots=True)
class Peak:
    """The best cell of one search crop; positions and sizes are fractions of the crop side."""

    center: tuple[float, float]
    size: tuple[float, float]
    score: float  # the network's own, in [0, 1]
    likeness: float  # of the box to the last one, in (0, 1]

    @property
    def is_finite(self) -> bool:
        """Whether all of it is finite numbers."""
        return math.isfinite(sum(self.center) + sum(self.size) + self.score + self.likeness)


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
    maps: HeadMaps, *, influence: float, penalty: float, last_sizes: Sequence[tuple[float, float]]
) -> list[Peak]:
    """Choose the best cell of every search crop, all crops at once.

    Cells whose box differs from the last one in scale or aspect are held back, and so are cells
    far from the middle (SiamRPN, Li et al. 2018). Both only choose; the score stays the network's.
    Where a crop's scores and sizes are not all numbers, nor is its peak.

    Args:
        maps: of N search crops.
        influence: of the Hann window, in [0, 1]; 1 multiplies the score by it, 0 leaves it out.
        penalty: strength of the size penalty; 0 leaves it out.
        last_sizes: (w, h) of the last box in each crop, fractions of its side.
    """
    count, grid = len(maps.score), maps.score.shape[-1]
    with np.errstate(all="ignore"):  # a network may answer with anything
        likeness = _likeness(maps.size, last_sizes, penalty)
        ranked = maps.score * likeness * _prior(grid, influence)
    best = ranked.reshape(count, -1).argmax(axis=1)
    return [
        _peak(maps, likeness, index, *divmod(cell, grid))
        for index, cell in enumerate(best.tolist())
    ]


@cache
def _prior(grid: int, influence: float) -> NDArray[np.float32]:
    prior = 1 - influence + influence * hann_window(grid)
    prior.flags.writeable = False  # all who ask are given the same
    return prior


def _peak(maps: HeadMaps, likeness: Maps, index: int, row: int, column: int) -> Peak:
    grid = likeness.shape[-1]
    offset, size = maps.offset.item, maps.size.item
    dx, dy = offset(index, 0, row, column), offset(index, 1, row, column)
    w, h = size(index, 0, row, column), size(index, 1, row, column)
    return Peak(
        ((column + dx) / grid, (row + dy) / grid),
        (max(w, _LEAST), max(h, _LEAST)),
        maps.score.item(index, row, column),
        likeness.item(index, row, column),
    )


def _likeness(size: Maps, last_sizes: Sequence[tuple[float, float]], penalty: float) -> Maps:
    """exp(-penalty * (change of scale * change of aspect - 1)) for every cell."""
    w, h = size[:, 0], size[:, 1]
    last = [(_padded_area(*last_size), last_size[1] / last_size[0]) for last_size in last_sizes]
    area, inverse = np.array(last, dtype=np.float32).T[..., None, None]
    scale = np.sqrt(_padded_area(w, h) / area)
    aspect = (w / h) * inverse
    change = np.maximum(scale, 1 / scale) * np.maximum(aspect, 1 / aspect)
    likeness: Maps = np.exp(-penalty * (change - 1))
    return likeness


def _padded_area(w: Any, h: Any) -> Any:
    margin = (w + h) / 2
    return (w + margin) * (h + margin)
