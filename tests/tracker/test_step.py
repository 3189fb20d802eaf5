"""What is looked at in the next frame: how large a part, and how finely."""

from dataclasses import replace

import numpy as np
import pytest

from tracker import Box, TrackingConfig
from tracker.config import NearConfig, WideConfig
from tracker.crop import Square
from tracker.picture import Picture
from tracker.state import TargetState
from tracker.step import look, look_again, surer

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
    assert near.center == pytest.approx(whole.center)
    assert near.center == pytest.approx((320 + 7.9 / 2, 220 - 7.9 / 2))


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


TWICE = replace(CONFIG, second_look=0.1)


def again(found: TargetState, config: TrackingConfig = TWICE) -> list[Square]:
    return look_again(found, seen(CALM, config), config)


def found_at(x: float, y: float) -> TargetState:
    return TargetState(Box.from_center(x, y, 40, 40), BOX, score=0.8)


@pytest.mark.parametrize(("x", "y"), [(328.1, 216), (324, 211.9), (100, 400)])
@pytest.mark.parametrize("near", [NearConfig(), CONFIG.near])
def test_a_target_that_is_not_where_it_was_expected_is_looked_at_again(
    x: float, y: float, near: NearConfig
) -> None:
    (square,) = again(found_at(x, y), replace(TWICE, near=near))
    assert square.center == pytest.approx((x, y))
    assert square.size == (near.size or 256)
    assert square.scale == pytest.approx(256 / 160)


def test_one_look_is_enough_for_a_target_that_is_where_it_was_expected() -> None:
    # half of its last step further: at (323.95, 216.05); a tenth of its size is 4 pixels
    assert again(found_at(327.9, 212.1)) == []


def test_what_is_not_found_is_not_looked_at_again() -> None:
    assert again(replace(found_at(100, 400), misses=1)) == []


def test_without_second_looks_there_is_none() -> None:
    assert again(found_at(100, 400), CONFIG) == []


WIDE = replace(TWICE, wide=WideConfig(below=0.5, enough=0.6))


def hardly_seen(score: float, misses: int = 0) -> TargetState:
    return TargetState(BOX, BOX, score=score, misses=misses)


@pytest.mark.parametrize("found", [hardly_seen(0.49), hardly_seen(0.1, WIDE.state.patience - 1)])
@pytest.mark.parametrize("near", [NearConfig(), CONFIG.near])
def test_a_target_that_is_hardly_seen_is_looked_for_in_twice_the_search_region(
    found: TargetState, near: NearConfig
) -> None:
    (square,) = again(found, replace(WIDE, near=near))
    assert square.side == pytest.approx(320)
    assert square.size == 256
    assert square.center == pytest.approx(seen(CALM)[0].center)


@pytest.mark.parametrize(
    ("found", "config"),
    [
        (hardly_seen(0.1, WIDE.state.patience), WIDE),  # lost, and looked for elsewhere already
        (hardly_seen(0.1, 1), TWICE),
        (replace(found_at(324, 216), score=0.5), WIDE),
    ],
)
def test_others_are_not(found: TargetState, config: TrackingConfig) -> None:
    assert again(found, config) == []


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        (0.6, 0.6, "second"),
        (0.6, 0.59, "first"),
        (0.1, 0.6, "second"),  # of a wide look more is wanted
        (0.1, 0.59, "first"),
    ],
)
def test_which_of_two_looks_counts(first: float, second: float, counts: str) -> None:
    looks = {"first": hardly_seen(first), "second": hardly_seen(second)}
    assert surer(looks["first"], looks["second"], WIDE) is looks[counts]
