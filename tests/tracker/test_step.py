"""What is looked at in the next frame: how large a part, and how finely."""

from dataclasses import replace

import numpy as np
import pytest

from tracker import Box, TrackingConfig
from tracker.config import NearConfig
from tracker.crop import Square
from tracker.picture import Picture
from tracker.state import TargetState
from tracker.step import look

CONFIG = TrackingConfig(near=NearConfig(size=192, score=0.9, step=0.2))
PICTURE = Picture.of(np.zeros((480, 640, 3), np.uint8), "bgr")
BOX = Box(300, 200, 40, 40)
CALM = TargetState(BOX, BOX, score=0.95, step=(7.9, -7.9))


def seen(state: TargetState, config: TrackingConfig = CONFIG) -> list[Square]:
    return look(PICTURE, state, config)


def test_a_calm_target_is_looked_for_nearby_and_as_sharply() -> None:
    (near,), (whole,) = seen(CALM), seen(CALM, TrackingConfig())
    assert (near.size, whole.size) == (192, 256)
    assert near.scale == pytest.approx(whole.scale)
    centers = [
        (square.origin[0] + square.side / 2, square.origin[1] + square.side / 2)
        for square in (near, whole)
    ]
    assert centers[0] == pytest.approx(centers[1])
    assert centers[0] == pytest.approx((320 + 7.9 / 2, 220 - 7.9 / 2))


@pytest.mark.parametrize(
    "state",
    [
        replace(CALM, score=0.89),
        replace(CALM, step=(8.1, 0.0)),
        replace(CALM, step=(0.0, -8.1)),
        replace(CALM, step=None),
        replace(CALM, misses=1),
        replace(CALM, misses=CONFIG.state.patience),
    ],
)
def test_whoever_moves_or_is_in_doubt_is_looked_for_further(state: TargetState) -> None:
    assert {square.size for square in seen(state)} == {256}
    assert seen(state)[0].side == pytest.approx(160)


def test_a_target_that_was_just_marked_may_be_fast() -> None:
    assert seen(TargetState(BOX, BOX))[0].size == 256
