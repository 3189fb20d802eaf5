import math
from typing import Any

import numpy as np
import pytest

from tracker import Box, BoxError
from tracker.box import iou


@pytest.mark.parametrize(
    "values",
    [
        (math.nan, 0, 1, 1),
        (0, math.inf, 1, 1),
        (0, 0, 0, 1),
        (0, 0, 1, -1),
        (0, 0, 1),
        (0, 0, 1, 1, 1),
        ("a", 0, 1, 1),
        (10**400, 0, 1, 1),  # which JSON can hold
        None,
        7,
    ],
)
def test_what_is_no_box_is_refused(values: Any) -> None:
    with pytest.raises(BoxError):
        Box.parse(values)


@pytest.mark.parametrize("values", [(1, 2, 3, 4), [1.0, 2, 3, 4], np.array([1, 2, 3, 4])])
def test_any_four_numbers_are_a_box(values: Any) -> None:
    assert Box.parse(values) == Box(1, 2, 3, 4)


def test_only_what_is_in_the_frame_is_visible() -> None:
    assert Box(-5, 90, 20, 30).visible(100, 100) == Box(0, 90, 15, 10)
    assert Box(-1000, -1000, 5000, 5000).visible(100, 80) == Box(0, 0, 100, 80)


@pytest.mark.parametrize("box", [Box(100, 10, 5, 5), Box(-5, 10, 5, 5), Box(10, 99.8, 5, 5)])
def test_a_box_outside_the_frame_is_refused(box: Box) -> None:
    with pytest.raises(BoxError, match="outside the frame of 100 x 100"):
        box.visible(100, 100)


def test_iou() -> None:
    assert iou(Box(0, 0, 10, 10), Box(5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert iou(Box(0, 0, 10, 10), Box(20, 0, 10, 10)) == 0
    assert iou(Box(0, 0, 10, 10), Box(0, 0, 10, 10)) == 1
