import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics import (
    OVERLAP_THRESHOLDS,
    count_above,
    count_within,
    distances,
    hold_last,
    overlaps,
    pixel_centres,
    pixel_overlaps,
)

BOXES = np.array([[0.0, 0, 10, 10], [0, 0, 10, 10], [0, 0, 10, 10]])
OTHERS = np.array([[5.0, 0, 10, 10], [0, 0, 10, 10], [30, 30, 5, 5]])


def test_overlap_of_halves_equals_and_strangers() -> None:
    for measure in (overlaps, pixel_overlaps):
        np.testing.assert_allclose(measure(BOXES, OTHERS), [1 / 3, 1, 0], atol=1e-15)


def test_nothing_over_nothing_is_nan_without_a_warning() -> None:
    assert np.isnan(overlaps(np.zeros((1, 4)), np.zeros((1, 4)))).all()


def test_middle_of_three_pixels_is_the_second() -> None:
    assert pixel_centres(np.array([[0.0, 0, 3, 3]])).tolist() == [[1, 1]]
    assert distances(np.array([[0.0, 0]]), np.array([[3.0, 4]])).tolist() == [5]


def test_thresholds_are_strict_above_and_not_within() -> None:
    values = np.array([0.5, 0.5, 1.0, np.nan, -1.0])
    assert count_above(values, np.array([0.5, 0.4])).tolist() == [1, 3]
    assert count_within(values, np.array([0.5, 0.4])).tolist() == [3, 1]


@given(st.lists(st.floats(0, 1) | st.just(float("nan")), max_size=40))
def test_counts_are_those_of_comparing_one_by_one(values: list[float]) -> None:
    array = np.array(values, dtype=np.float64)
    expected = [(array > threshold).sum() for threshold in OVERLAP_THRESHOLDS]
    assert count_above(array, OVERLAP_THRESHOLDS).tolist() == expected
    within = [(array <= threshold).sum() for threshold in OVERLAP_THRESHOLDS]
    assert count_within(array, OVERLAP_THRESHOLDS).tolist() == within


@pytest.mark.parametrize(
    ("invalid", "rows"),
    [([0, 0, 0, 0], [0, 1, 2, 3]), ([0, 1, 1, 0], [0, 0, 0, 3]), ([1, 1, 0, 1], [0, 0, 2, 2])],
)
def test_invalid_rows_repeat_the_last_but_the_first_stays(
    invalid: list[int], rows: list[int]
) -> None:
    boxes = np.arange(16.0).reshape(4, 4)
    held = hold_last(boxes, np.array(invalid, dtype=np.bool_))
    np.testing.assert_array_equal(held, boxes[rows])
