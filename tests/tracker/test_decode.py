import numpy as np
import pytest

from tracker.decode import Peak, decode, hann_window
from tracker.maps import HeadMaps


def maps(cells: dict[tuple[int, int], tuple[float, float, float]]) -> HeadMaps:
    """(row, column) -> score, width, height."""
    score = np.full((1, 16, 16), 0.01, np.float32)
    size = np.full((1, 2, 16, 16), 0.25, np.float32)
    for (row, column), (s, w, h) in cells.items():
        score[0, row, column] = s
        size[0, :, row, column] = w, h
    offset = np.full((1, 2, 16, 16), (0.5), np.float32)
    offset[0, 1] = 0.25
    return HeadMaps(score, size, offset)


def best(found: HeadMaps, *, influence: float = 0.0, penalty: float = 0.0) -> Peak:
    (peak,) = decode(found, influence=influence, penalty=penalty, last_sizes=[(0.25, 0.25)])
    return peak


def test_the_window_is_the_published_one() -> None:
    edge = [0.5 * (1 - np.cos(2 * np.pi * i / 15)) for i in range(1, 15)]
    np.testing.assert_allclose(hann_window(14), np.outer(edge, edge), atol=1e-6)


def test_centre_and_size_are_fractions_of_the_crop() -> None:
    peak = best(maps({(3, 12): (0.9, 0.3, 0.2)}))
    assert peak.center == pytest.approx((12.5 / 16, 3.25 / 16))
    assert peak.size == pytest.approx((0.3, 0.2))
    assert peak.score == pytest.approx(0.9)


def test_the_window_prefers_the_middle_but_the_score_stays() -> None:
    found = maps({(0, 0): (0.9, 0.25, 0.25), (8, 8): (0.8, 0.25, 0.25)})
    assert best(found).score == pytest.approx(0.9)
    assert best(found, influence=0.5).score == pytest.approx(0.8)


def test_the_penalty_prefers_the_last_size() -> None:
    found = maps({(8, 7): (0.9, 0.9, 0.05), (8, 8): (0.8, 0.25, 0.25)})
    assert best(found).score == pytest.approx(0.9)
    peak = best(found, penalty=0.3)
    assert peak.score == pytest.approx(0.8)
    assert peak.likeness == pytest.approx(1)
