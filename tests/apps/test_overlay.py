"""What is drawn: seen in the pixels."""

from __future__ import annotations

import numpy as np
import pytest

from apps.overlay import COLOURS, Overlay, draw
from apps.source import Image
from tracker import Box, Estimate
from tracker.state import TrackingStatus

BOX = Box(100, 80, 60, 40)


def frame(width: int = 320, height: int = 240) -> Image:
    return np.full((height, width, 3), 128, np.uint8)


def has_colour(pixels: Image, colour: tuple[int, int, int]) -> bool:
    return bool((np.abs(pixels.astype(int) - colour).max(axis=-1) < 12).any())


@pytest.mark.parametrize("state", ["tracking", "uncertain", "lost"])
def test_box_has_the_colour_of_its_state(state: TrackingStatus) -> None:
    picture = draw(frame(), Overlay(Estimate(BOX, 0.5, state)))
    edges = (picture[80, 110:150], picture[119:121, 110:150], picture[90:110, 100])
    for edge in edges:
        assert has_colour(edge, COLOURS[state])
        assert not any(has_colour(edge, c) for s, c in COLOURS.items() if s != state)
    assert (picture[95:105, 120:140] == 128).all()  # the target itself is not painted over


def test_lost_is_red() -> None:
    blue, green, red = COLOURS["lost"]
    assert red > 200
    assert max(blue, green) < 80


def test_the_frame_itself_is_left_alone() -> None:
    original = frame()
    original.setflags(write=False)
    draw(original, Overlay(Estimate(BOX, 0.5, "lost"), ((1, 1), (200, 200)), "status", "hint"))
    assert (original == 128).all()


def test_trail_is_thin() -> None:
    picture = draw(frame(), Overlay(Estimate(BOX, 1.0, "tracking"), ((20, 200), (300, 200))))
    column = (picture[:, 250] != 128).any(axis=1)
    assert 1 <= column[150:].sum() <= 3
    assert column[199:202].any()


def test_lines_at_top_and_bottom() -> None:
    picture = draw(frame(), Overlay(None, status="12 fps", hint="paused"))
    assert picture[:20].max() > 200
    assert picture[-20:].max() > 200
    assert (picture[60:180] == 128).all()
    assert (draw(frame(), Overlay(None)) == 128).all()


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (4000, 30)])
def test_any_frame_size(size: tuple[int, int]) -> None:
    estimate = Estimate(Box(-50, -50, 20, 1e7), 0.0, "lost")
    picture = draw(frame(*size), Overlay(estimate, ((0, 0), (1e9, -1e9)), "status", "h" * 300))
    assert picture.shape == (size[1], size[0], 3)


def test_read_only_views_and_reversed_frames() -> None:
    picture = draw(frame()[::-1, ::2], Overlay(Estimate(BOX, 0.9, "tracking"), (), "x"))
    assert picture.shape == (240, 160, 3)
