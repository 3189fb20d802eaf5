"""A network that needs no weights: the target is the bright thing in the crop."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker import Card, TrackingConfig
from tracker.box import Box
from tracker.maps import HeadMaps
from tracker.runtime import Pixels

CARD = Card(
    name="spot",
    network="b0",
    tracking=TrackingConfig(),
    license="none",
    data="none",
    teacher="none",
    schedule="none",
)


class BrightSpot:
    """Answers as a perfect network would, for one white rectangle on black."""

    def encode(self, templates: Pixels) -> Any:
        return np.zeros((len(templates), 1))

    def stack(self, memories: Sequence[Any]) -> Any:
        return np.concatenate(list(memories))

    def match(self, memory: Any, searches: Pixels) -> HeadMaps:
        assert len(memory) == len(searches)
        answers = [self._one(search) for search in searches]
        return HeadMaps(*(np.stack(part) for part in zip(*answers, strict=True)))

    @staticmethod
    def _one(search: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        size = len(search)
        grid = size // 16
        mask = search[..., 0] > 127
        score = np.full((grid, grid), 0.01, np.float32)
        extent = np.full((2, grid, grid), 0.1, np.float32)
        offset = np.zeros((2, grid, grid), np.float32)
        ys, xs = np.nonzero(mask)
        if len(xs) >= 4:
            column, row = int(xs.mean() // 16), int(ys.mean() // 16)
            score[row, column] = 0.95
            extent[:, row, column] = (np.ptp(xs) + 1) / size, (np.ptp(ys) + 1) / size
            offset[:, row, column] = (
                (xs.mean() + 0.5) / 16 - column,
                (ys.mean() + 0.5) / 16 - row,
            )
        return score, extent, offset


def scene(box: Box, *, width: int = 320, height: int = 240) -> NDArray[np.uint8]:
    """A black frame with `box` in white."""
    frame = np.zeros((height, width, 3), np.uint8)
    x, y = round(box.x), round(box.y)
    frame[max(y, 0) : round(y + box.h), max(x, 0) : round(x + box.w)] = 255
    return frame
