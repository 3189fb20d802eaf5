"""Where a tracker looks, as its boxes show: ahead, twice, further away."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.tracker.spot import BrightSpot, scene
from tracker import Box, SingleObjectTracker, TrackingConfig
from tracker.box import iou
from tracker.config import WideConfig
from tracker.maps import HeadMaps
from tracker.runtime import Pixels

CONFIG = TrackingConfig()
START = Box(50, 60, 24, 24)


def test_a_target_that_gathers_speed_is_looked_for_ahead() -> None:
    # 6 pixels further in every frame than in the one before; the search region reaches 48 pixels
    frames = [scene(Box(20 + 3 * i * (i + 1), 100, 24, 24), width=1600) for i in range(20)]

    def followed(lead: float) -> int:
        tracker = SingleObjectTracker(BrightSpot(), replace(CONFIG, lead=lead))
        tracker.init(frames[0], (20, 100, 24, 24))
        return sum(tracker.update(frame).state == "tracking" for frame in frames[1:])

    assert followed(0.0) < 10
    assert followed(CONFIG.lead) >= followed(0.0) + 3


@pytest.mark.parametrize(("below", "reach"), [(0.0, 40), (0.5, 88)])
def test_a_target_that_jumps_out_of_the_search_region_is_found_at_once(
    below: float, reach: int
) -> None:
    # of a target of 24 pixels, the search region reaches 48 pixels; a wide look 96
    tracker = SingleObjectTracker(BrightSpot(), replace(CONFIG, wide=WideConfig(below=below)))
    for jump in (40, 64, 88, 112):
        there = Box(START.x + jump, START.y, START.w, START.h)
        tracker.init(scene(START), START)
        estimate = tracker.update(scene(there))
        found = jump <= reach
        assert estimate.state == ("tracking" if found else "uncertain")
        assert (iou(estimate.box, there) > 0.7) == found


class Squinting(BrightSpot):
    """Sees a target the larger, the farther from the crop's middle it lies."""

    def __init__(self, doubt: float) -> None:
        self.doubt = doubt  # what a target in the middle loses of its score

    def match(self, memory: Any, searches: Pixels) -> HeadMaps:
        maps = super().match(memory, searches)
        row, column = np.unravel_index(maps.score[0].argmax(), maps.score[0].shape)
        off = max(abs(int(row) - 7.5), abs(int(column) - 7.5))
        maps.size[:] *= 1 + off / 8
        if off < 1:
            maps.score[:] *= 1 - self.doubt
        return maps


@pytest.mark.parametrize(
    ("second_look", "doubt", "width"), [(0.0, 0.0, 33), (0.5, 0.0, 25), (0.5, 0.1, 33)]
)
def test_of_two_looks_the_surer_counts(second_look: float, doubt: float, width: int) -> None:
    config = replace(CONFIG, second_look=second_look)
    tracker = SingleObjectTracker(Squinting(doubt), config)
    tracker.init(scene(START), START)
    assert tracker.update(scene(Box(75, 75, 24, 24))).box.w == pytest.approx(width, abs=1)
