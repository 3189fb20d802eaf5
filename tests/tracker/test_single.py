"""The whole loop without a network: what a caller may give, and what comes back."""

import threading
from dataclasses import replace
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.tracker.spot import BrightSpot, scene
from tracker import (
    BlankTargetError,
    Box,
    BoxError,
    EngineError,
    FrameError,
    NotStartedError,
    OpenCVTracker,
    SingleObjectTracker,
    TrackingConfig,
)
from tracker.box import iou
from tracker.maps import HeadMaps
from tracker.memory import MemoryConfig
from tracker.runtime import Pixels

CONFIG = TrackingConfig()
START = Box(50, 60, 24, 24)


def started(frame: Any = None, box: Any = START) -> SingleObjectTracker:
    tracker = SingleObjectTracker(BrightSpot(), CONFIG)
    tracker.init(scene(START) if frame is None else frame, box)
    return tracker


def path(step: int) -> Box:
    return Box(START.x + 5 * step, START.y + 3 * step, START.w, START.h)


def test_follows_a_moving_square() -> None:
    tracker = started()
    for step in range(1, 40):
        estimate = tracker.update(scene(path(step)))
        assert iou(estimate.box, path(step)) > 0.8
        assert estimate.state == "tracking"


def test_the_box_is_not_rounded() -> None:
    shift = np.array([[1, 0, 0.4], [0, 1, 0.3]])
    moved = cv2.warpAffine(scene(START), shift, (320, 240))
    box = started().update(moved).box
    assert (box.x, box.y) == pytest.approx((START.x + 0.4, START.y + 0.3), abs=0.2)
    assert not box.x.is_integer()


def test_a_target_that_leaves_is_lost_held_and_taken_back_elsewhere() -> None:
    tracker = started()
    empty = np.zeros((240, 320, 3), np.uint8)
    states = [tracker.update(empty) for _ in range(12)]
    assert [e.state for e in states[:4]] == ["uncertain"] * 4
    assert states[-1].state == "lost"
    assert all(e.box == START for e in states)
    assert all(e.score < 0.25 for e in states)
    elsewhere = Box(280, 200, 24, 24)
    for _ in range(60):
        estimate = tracker.update(scene(elsewhere))
        if estimate.state == "tracking":
            break
    else:
        pytest.fail("not found again")
    for _ in range(10):
        estimate = tracker.update(scene(elsewhere))
    assert iou(estimate.box, elsewhere) > 0.8


def test_update_before_init_says_so() -> None:
    with pytest.raises(NotStartedError, match="init"):
        SingleObjectTracker(BrightSpot(), CONFIG).update(np.zeros((8, 8, 3), np.uint8))


GREY = scene(START)[..., 0]
KINDS: dict[str, NDArray[Any]] = {
    "bgr": scene(START),
    "grey": GREY,
    "grey with an axis": GREY[..., None],
    "bgra": np.dstack([scene(START), GREY]),
    "16-bit": scene(START).astype(np.uint16) * 257,
    "float 0-1": scene(START).astype(np.float32) / 255,
    "float 0-255": scene(START).astype(np.float64),
    "half": (scene(START) / 255).astype(np.float16),
    "every second column": np.repeat(scene(START), 2, axis=1)[:, ::2],
    "reversed twice": np.ascontiguousarray(scene(START)[::-1, ::-1])[::-1, ::-1],
    "Fortran order": np.asfortranarray(scene(START)),
}


@pytest.mark.parametrize("first", KINDS)
@pytest.mark.parametrize("then", KINDS)
def test_every_kind_of_frame_gives_the_same_box(first: str, then: str) -> None:
    expected = started().update(scene(START)).box
    box = started(KINDS[first]).update(KINDS[then]).box
    assert tuple(box) == pytest.approx(tuple(expected), abs=0.05)


def test_read_only_frames_are_fine_and_no_frame_is_changed() -> None:
    frame = scene(START)
    frame.flags.writeable = False
    tracker = started(frame)
    tracker.update(frame)
    np.testing.assert_array_equal(frame, scene(START))


@pytest.mark.parametrize("bad", [None, "x", np.zeros((0, 0, 3), np.uint8), np.zeros((9, 9, 7))])
def test_a_bad_frame_is_an_error_and_leaves_the_state(bad: Any) -> None:
    tracker = started()
    with pytest.raises(FrameError):
        tracker.update(bad)
    assert iou(tracker.update(scene(path(1))).box, path(1)) > 0.8
    with pytest.raises(FrameError):
        SingleObjectTracker(BrightSpot(), CONFIG).init(bad, START)


class Failing(BrightSpot):
    """Answers, or fails in one of its ways."""

    broken = ""

    def encode(self, templates: Pixels) -> Any:
        self._work("encode")
        return super().encode(templates)

    def match(self, memory: Any, searches: Pixels) -> HeadMaps:
        self._work("match")
        return super().match(memory, searches)

    def _work(self, what: str) -> None:
        if what == self.broken:
            raise EngineError("the GPU is gone")


@pytest.mark.parametrize("broken", ["encode", "match"])
def test_an_engine_that_fails_leaves_the_state(broken: str) -> None:
    runtime, config = Failing(), replace(CONFIG, memory=MemoryConfig(every=2))
    tracker = SingleObjectTracker(runtime, config)
    other = SingleObjectTracker(BrightSpot(), config)
    for each in (tracker, other):
        each.init(scene(START), START)
        each.update(scene(path(1)))
    runtime.broken = broken
    with pytest.raises(EngineError):
        tracker.update(scene(path(2)))  # with another look at the target, which comes last
    if broken == "encode":
        with pytest.raises(EngineError):
            tracker.init(scene(path(5)), path(5))
    runtime.broken = ""
    for step in (2, 3):
        assert tracker.update(scene(path(step))) == other.update(scene(path(step)))


@pytest.mark.parametrize("box", [(np.nan, 0, 5, 5), (400, 10, 5, 5), (-30, 10, 5, 5), None])
def test_a_bad_box_is_an_error(box: Any) -> None:
    with pytest.raises(BoxError):
        SingleObjectTracker(BrightSpot(), CONFIG).init(scene(START), box)


@pytest.mark.parametrize(
    "box",
    [
        (50.5, 60.25, 1, 1),
        (-10, -10, 30, 30),
        (300, 220, 100, 100),
        (-1000, -1000, 1e6, 1e6),
        (0, 100, 320, 1),
        np.array([50, 60, 24, 24]),
        [50, 60, 24, 24],
    ],
)
def test_an_odd_but_visible_box_is_tracked(box: Any) -> None:
    frame = np.maximum(scene(START), speckled(240, 320))
    tracker = started(frame, box)
    for _ in range(5):
        estimate = tracker.update(frame)
        assert estimate.box.w > 0
        assert estimate.box.h > 0


@pytest.mark.parametrize("shape", [(1, 2), (1, 500), (4320, 7680)])
def test_frames_of_any_size(shape: tuple[int, int]) -> None:
    frame = speckled(*shape)
    tracker = started(frame, (0, 0, shape[1], shape[0]))
    assert 0 <= tracker.update(frame).score <= 1
    assert 0 <= tracker.update(frame[:1, :1]).score <= 1


@pytest.mark.parametrize("level", [0, 130])
def test_one_colour_is_no_target(level: int) -> None:
    """A camera's first picture is often black."""
    blank = np.full((240, 320, 3), level, np.uint8)
    with pytest.raises(BlankTargetError, match="one colour"):
        started(blank, START)
    tracker = started()
    with pytest.raises(BoxError, match="one colour"):
        tracker.init(blank, START)
    assert tracker.update(scene(START)).score > 0.5  # the old target is kept
    blank[:, 60] = 255  # all that is to be seen lies beside it
    assert started(blank, START).update(blank).box


def speckled(height: int, width: int) -> Any:
    return np.random.default_rng(0).integers(0, 2, (height, width, 3), dtype=np.uint8)


def test_frames_may_change_their_size_in_the_middle() -> None:
    tracker = started()
    for width, height in ((320, 240), (160, 120), (64, 48), (1280, 720)):
        box = tracker.update(np.zeros((height, width, 3), np.uint8)).box
        assert np.isfinite(list(box)).all()


@pytest.mark.parametrize("kind", ["black", "white", "noise"])
def test_senseless_frames_leave_the_state_sane(kind: str) -> None:
    rng = np.random.default_rng(0)
    tracker = started()
    for _ in range(50):
        value = {"black": 0, "white": 255}.get(kind)
        frame = (
            rng.integers(0, 256, (240, 320, 3), dtype=np.uint8)
            if value is None
            else np.full((240, 320, 3), value, np.uint8)
        )
        estimate = tracker.update(frame)
        assert np.isfinite(list(estimate.box)).all()
        assert START.w / 8 <= estimate.box.w <= START.w * 8
        assert 0 <= estimate.score <= 1


def test_the_same_input_twice_gives_the_same_boxes() -> None:
    frames = [scene(path(step)) for step in range(20)]
    one, two = ([tracker.update(frame) for frame in frames] for tracker in (started(), started()))
    assert one == two


def test_init_forgets_the_earlier_target() -> None:
    tracker = started()
    for _ in range(8):
        tracker.update(np.zeros((240, 320, 3), np.uint8))
    tracker.init(scene(path(3)), path(3))
    assert tracker.update(scene(path(3))).state == "tracking"


def test_two_trackers_in_two_threads_do_not_disturb_each_other() -> None:
    runtime = BrightSpot()
    alone = [[], []]  # type: list[list[Box]]
    together = [[], []]  # type: list[list[Box]]

    def run(which: int, boxes: list[Box]) -> None:
        sign = 1 if which == 0 else -1
        tracker = SingleObjectTracker(runtime, CONFIG)
        tracker.init(scene(Box(150, 100, 24, 24)), (150, 100, 24, 24))
        for step in range(1, 60):
            boxes.append(tracker.update(scene(Box(150 + sign * step, 100, 24, 24))).box)

    for which in (0, 1):
        run(which, alone[which])
    threads = [threading.Thread(target=run, args=(i, together[i])) for i in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone
    assert together[0] != together[1]


def test_in_opencvs_manners() -> None:
    tracker = OpenCVTracker(SingleObjectTracker(BrightSpot(), CONFIG))
    with pytest.raises(NotStartedError):
        tracker.getTrackingScore()
    tracker.init(scene(START), (50, 60, 24, 24))
    ok, box = tracker.update(scene(path(1)))
    assert ok
    assert box == (55, 63, 24, 24)
    assert all(isinstance(value, int) for value in box)
    assert tracker.getTrackingScore() > 0.9
    oks = [tracker.update(np.zeros((240, 320, 3), np.uint8))[0] for _ in range(8)]
    assert oks[0]
    assert not oks[-1]
    assert all(a >= b for a, b in pairwise(oks))
