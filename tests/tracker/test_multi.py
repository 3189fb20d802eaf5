"""Several targets at once: each as if it were alone."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.tracker.spot import BrightSpot, scene
from tracker import (
    Box,
    BoxError,
    FrameError,
    MultiObjectTracker,
    SingleObjectTracker,
    TrackingConfig,
    UnknownTargetError,
)
from tracker.config import NearConfig, WideConfig
from tracker.maps import HeadMaps
from tracker.runtime import LARGEST_BATCH, Pixels

CONFIG = TrackingConfig()
TWO_SIZES = replace(CONFIG, near=NearConfig(size=192))
TWICE = replace(TWO_SIZES, second_look=0.01, wide=WideConfig(below=0.5))
WIDTH, HEIGHT = 640, 480
PLACES = [Box(40, 40, 24, 24), Box(400, 60, 30, 20), Box(200, 350, 16, 28)]


class Counting(BrightSpot):
    """Notes how many crops each call brings, and how often memories are joined."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.joined = 0

    def stack(self, memories: Sequence[Any]) -> Any:
        self.joined += 1
        return super().stack(memories)

    def match(self, memory: Any, searches: Pixels) -> HeadMaps:
        self.batches.append(len(searches))
        return super().match(memory, searches)


def frame_with(*boxes: Box) -> NDArray[np.uint8]:
    frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for box in boxes:
        np.maximum(frame, scene(box, width=WIDTH, height=HEIGHT), out=frame)
    return frame


def moved(box: Box, step: int) -> Box:
    return Box(box.x + 2 * step, box.y + step, box.w, box.h)


def started(
    runtime: Any = None, places: Sequence[Box] = PLACES, config: TrackingConfig = CONFIG
) -> MultiObjectTracker:
    tracker = MultiObjectTracker(runtime or BrightSpot(), config)
    frame = frame_with(*dict.fromkeys(places))
    for place in places:
        tracker.add(frame, place)
    return tracker


def video(steps: int) -> list[NDArray[np.uint8]]:
    """The second target is gone for a while, long enough to be lost."""
    frames = []
    for step in range(1, steps):
        there = [moved(box, step) for box in PLACES]
        if 5 <= step < 20:
            del there[1]
        frames.append(frame_with(*there))
    return frames


@pytest.mark.parametrize("config", [CONFIG, TWO_SIZES, TWICE])
def test_each_is_followed_as_if_it_were_alone(config: TrackingConfig) -> None:
    many = started(config=config)
    alone = [SingleObjectTracker(BrightSpot(), config) for _ in PLACES]
    for tracker, place in zip(alone, PLACES, strict=True):
        tracker.init(frame_with(*PLACES), place)
    states = set()
    for frame in video(30):
        estimates = many.update(frame)
        assert estimates == {i: tracker.update(frame) for i, tracker in enumerate(alone)}
        states.add(estimates[1].state)
    assert states == {"tracking", "uncertain", "lost"}


def test_one_call_of_the_network_a_frame() -> None:
    runtime = Counting()
    tracker = started(runtime)
    for step in range(1, 4):
        tracker.update(frame_with(*(moved(box, step) for box in PLACES)))
    assert runtime.batches == [3, 3, 3]


def test_there_is_a_call_for_each_size_of_crops() -> None:
    runtime = Counting()
    tracker = started(runtime, config=TWO_SIZES)
    first, *others = PLACES
    further = frame_with(Box(first.x + 20, first.y, first.w, first.h), *others)
    for frame in (frame_with(*PLACES), further, further):
        assert list(tracker.update(frame)) == [0, 1, 2]
    # at first nobody's speed is known; in the end one has just moved
    assert runtime.batches[:2] == [3, 3]
    assert sorted(runtime.batches[2:]) == [1, 2]


def test_second_looks_share_a_call() -> None:
    runtime = Counting()
    tracker = started(runtime, config=replace(CONFIG, second_look=0.1))
    first, second, third = PLACES
    tracker.update(frame_with(first, moved(second, 5), moved(third, 5)))
    assert runtime.batches == [3, 2]


def test_wide_looks_share_a_call() -> None:
    runtime = Counting()
    tracker = started(
        runtime, config=replace(TWO_SIZES, second_look=0.1, wide=WideConfig(below=0.5))
    )
    first, second, third = PLACES
    jumped = [Box(box.x + 70, box.y, box.w, box.h) for box in (first, second)]
    estimates = tracker.update(frame_with(*jumped, moved(third, 5)))
    assert [round(e.box.x) for e in estimates.values()] == pytest.approx(
        [110, 470, third.x + 10], abs=4
    )
    assert runtime.batches[0] == 3
    assert sorted(runtime.batches[1:]) == [1, 2]


def test_memories_are_joined_again_only_when_targets_change() -> None:
    runtime = Counting()
    tracker = started(runtime)
    frame = frame_with(*PLACES)
    for _ in range(3):
        tracker.update(frame)
    assert runtime.joined == 1
    tracker.remove(0)
    tracker.update(frame)
    added = tracker.add(frame, PLACES[0])
    assert set(tracker.update(frame)) == {1, 2, added}
    assert runtime.joined == 3


def test_no_call_is_larger_than_engines_are_built_for() -> None:
    runtime = Counting()
    count = LARGEST_BATCH + 5
    tracker = started(runtime, [PLACES[0]] * count)
    for _ in range(8):  # until all are lost, and looked for in two places each
        estimates = tracker.update(frame_with())
    assert len(estimates) == count
    assert {e.state for e in estimates.values()} == {"lost"}
    assert max(runtime.batches) == LARGEST_BATCH
    assert sum(runtime.batches[-3:]) == 2 * count


def test_ids_are_stable_and_never_used_again() -> None:
    tracker = started()
    frame = frame_with(*PLACES)
    assert tracker.targets == (0, 1, 2)
    tracker.remove(2)
    tracker.remove(0)
    assert tracker.add(frame, PLACES[0]) == 3
    assert list(tracker.targets) == [1, 3]
    assert list(tracker.update(frame)) == [1, 3]


def test_the_rest_does_not_notice_who_comes_and_goes() -> None:
    quiet, busy = started(), started()
    for step, frame in enumerate(video(30)):
        if step == 3:
            extra = busy.add(frame, PLACES[0])
        if step == 12:
            busy.remove(extra)
        expected, estimates = quiet.update(frame), busy.update(frame)
        assert {i: estimates[i] for i in expected} == expected


@pytest.mark.parametrize("box", [(np.nan, 0, 5, 5), (900, 10, 5, 5), None])
def test_a_bad_box_is_an_error_and_nobody_notices(box: Any) -> None:
    tracker, other = started(), started()
    frame = frame_with(*PLACES)
    with pytest.raises(BoxError):
        tracker.add(frame, box)
    assert tracker.targets == (0, 1, 2)
    assert tracker.update(frame) == other.update(frame)
    assert tracker.add(frame, PLACES[0]) == 3


@pytest.mark.parametrize("bad", [None, "x", np.zeros((0, 0, 3), np.uint8), np.zeros((9, 9, 7))])
def test_a_bad_frame_is_an_error_and_all_stay_as_they_were(bad: Any) -> None:
    tracker, other = started(), started()
    with pytest.raises(FrameError):
        tracker.update(bad)
    with pytest.raises(FrameError):
        tracker.add(bad, PLACES[0])
    frame = frame_with(*(moved(box, 1) for box in PLACES))
    assert tracker.update(frame) == other.update(frame)


def test_an_unknown_target_cannot_be_removed() -> None:
    tracker = started()
    tracker.remove(1)
    with pytest.raises(UnknownTargetError, match=r"no target 1 .* 0, 2"):
        tracker.remove(1)


def test_without_targets_there_is_nothing_to_do() -> None:
    runtime = Counting()
    tracker = MultiObjectTracker(runtime, CONFIG)
    assert tracker.update(frame_with()) == {}
    assert runtime.batches == []
    with pytest.raises(FrameError):
        tracker.update(None)  # type: ignore[arg-type]


class Broken(BrightSpot):
    """Has no finite answer for the first crop of a call; or none at all."""

    def __init__(self) -> None:
        self.dead = False

    def match(self, memory: Any, searches: Pixels) -> HeadMaps:
        if self.dead:
            raise RuntimeError("the engine broke")
        maps = super().match(memory, searches)
        maps.score[0], maps.size[0] = np.nan, np.inf
        return maps


def test_a_senseless_answer_for_one_leaves_the_others() -> None:
    broken, whole = started(Broken()), started()
    for frame in video(5):
        estimates, expected = broken.update(frame), whole.update(frame)
        assert estimates[1] == expected[1]
        assert estimates[2] == expected[2]
        assert estimates[0].box == PLACES[0]
        assert estimates[0].score == 0


def test_an_engine_that_fails_leaves_all_as_they_were() -> None:
    runtime = Counting()
    tracker, other = started(runtime), started()
    failing = Broken()
    failing.dead = True
    tracker._runtime = failing
    with pytest.raises(RuntimeError):
        tracker.update(frame_with(*PLACES))
    tracker._runtime = runtime
    frame = frame_with(*(moved(box, 1) for box in PLACES))
    assert tracker.update(frame) == other.update(frame)
