"""Boxes keep to how the target was marked, loosely or tightly."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.tracker.spot import BrightSpot, scene
from tracker import Box, MultiObjectTracker, SingleObjectTracker, TrackingConfig
from tracker.config import NearConfig
from tracker.fit import Fit, fit
from tracker.maps import HeadMaps
from tracker.picture import Picture
from tracker.runtime import Pixels

SPOT = Box(100, 80, 32, 32)
LOOSE = Box(92, 76, 48, 40)
CONFIG = TrackingConfig(fit=1.0)


class Counting(BrightSpot):
    sizes: list[int]

    def __init__(self) -> None:
        self.sizes = []

    def match(self, memory: Any, searches: Pixels) -> HeadMaps:
        self.sizes.append(searches.shape[1])
        return super().match(memory, searches)


def measured(
    mark: Box,
    config: TrackingConfig = CONFIG,
    *,
    spot: Box = SPOT,
    runtime: BrightSpot | None = None,
) -> Fit:
    network = runtime or BrightSpot()
    picture = Picture.of(scene(spot), "bgr")
    return fit(network, network.encode(np.zeros((1, 128, 128, 3), np.uint8)), picture, mark, config)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_boxes_go_that_far_from_the_networks_habit_to_the_mark(share: float) -> None:
    tracker = SingleObjectTracker(BrightSpot(), replace(CONFIG, fit=share))
    tracker.init(scene(SPOT), LOOSE)
    for step in range(1, 20):
        found = tracker.update(scene(Box(SPOT.x + 4 * step, SPOT.y, 32, 32))).box
    assert found.center == pytest.approx((116 + 4 * 19, 96), abs=1)
    assert (found.w, found.h) == pytest.approx((32 * 1.5**share, 32 * 1.25**share), rel=0.04)


def test_a_fit_stays_while_a_target_grows() -> None:
    tracker = SingleObjectTracker(BrightSpot(), CONFIG)
    tracker.init(scene(SPOT), LOOSE)
    for grown in np.linspace(32, 64, 20):
        found = tracker.update(scene(Box.from_center(116, 96, grown, grown))).box
    assert (found.w, found.h) == pytest.approx((96, 80), rel=0.05)


def test_many_targets_have_a_fit_each() -> None:
    tracker = MultiObjectTracker(BrightSpot(), CONFIG)
    tight, loose = tracker.add(scene(SPOT), SPOT), tracker.add(scene(SPOT), LOOSE)
    for _ in range(10):
        found = tracker.update(scene(SPOT))
    assert found[tight].box.w == pytest.approx(32, rel=0.04)
    assert found[loose].box.w == pytest.approx(48, rel=0.04)


def test_a_side_that_the_frame_cuts_off_tells_nothing() -> None:
    spot = Box(0, 80, 32, 32)
    w, h = measured(Box(0, 76, 48, 40), spot=spot)
    assert w == 1.0
    assert h == pytest.approx(1.25, rel=0.04)
    frame = scene(spot)[:112]
    network = BrightSpot()
    memory = network.encode(np.zeros((1, 128, 128, 3), np.uint8))
    below = fit(network, memory, Picture.of(frame, "bgr"), Box(8, 72, 40, 40), CONFIG)
    assert below[1] == 1.0


def test_no_side_is_changed_by_more_than_two_thirds() -> None:
    assert measured(Box(60, 80, 100, 32)) == pytest.approx((np.exp(0.5), 1.0), rel=0.04)


def test_what_the_network_finds_elsewhere_tells_nothing() -> None:
    assert measured(Box(104, 120, 32, 32)) == (1.0, 1.0)


def test_an_answer_that_is_no_number_tells_nothing() -> None:
    class Broken(BrightSpot):
        def match(self, memory: Any, searches: Pixels) -> HeadMaps:
            maps = super().match(memory, searches)
            maps.size[:] = np.nan
            return maps

    assert measured(LOOSE, runtime=Broken()) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("config", "sizes"),
    [
        (CONFIG, [256] * 3),
        (replace(CONFIG, near=NearConfig(size=192)), [192] * 3),
        (TrackingConfig(), []),
    ],
)
def test_the_smaller_search_region_is_enough(config: TrackingConfig, sizes: list[int]) -> None:
    runtime = Counting()
    measured(LOOSE, config, runtime=runtime)
    assert runtime.sizes == sizes
