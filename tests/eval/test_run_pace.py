"""The rule by which a live camera drops frames."""

import pytest

from eval.pace import LiveCamera


def given(camera: LiveCamera, seconds: list[float], frames: int) -> list[int]:
    """Play a tracker that takes `seconds` for its frames; list the frames that it gets."""
    taken, spend = [0], iter(seconds)
    camera.spend(next(spend))
    for index in range(1, frames):
        if camera.gives_next():
            taken.append(index)
            camera.spend(next(spend))
    return taken


def test_fast_tracker_gets_every_frame() -> None:
    assert given(LiveCamera(10), [0.1] * 6, 6) == [0, 1, 2, 3, 4, 5]


def test_three_slow_frames_are_forgiven_then_frames_are_missed() -> None:
    # 2.5 intervals a frame: two frames come meanwhile
    assert given(LiveCamera(10), [0.25] * 9, 12) == [0, 1, 2, 3, 6, 9]


@pytest.mark.parametrize(
    ("intervals", "missed"), [(1.0, 0), (1.5, 1), (2.0, 1), (2.5, 2), (5.0, 4)]
)
def test_missed_frames_are_those_that_come_while_it_is_busy(intervals: float, missed: int) -> None:
    slow, quick = 0.05 * intervals, 0.01
    taken = given(LiveCamera(20), [slow] * 4 + [quick] * 20, 12)
    assert taken == [0, 1, 2, 3, *range(4 + missed, 12)]


def test_a_camera_without_a_rate_waits() -> None:
    assert given(LiveCamera(0), [1e6] * 9, 9) == list(range(9))
