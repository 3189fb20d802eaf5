"""A box in doubt is reported as the target if it looks like it; where it lies does not change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.tracker.spot import BrightSpot, scene
from tests.tracker.test_gpu_crop import OnGpu
from tracker import Box, Estimate, MultiObjectTracker, SingleObjectTracker, TrackingConfig
from tracker.comparison import compare
from tracker.config import ComparisonConfig
from tracker.crop import Square
from tracker.memory import Glimpse, Remembered, similarity
from tracker.picture import Picture
from tracker.runtime import Pixels
from tracker.runtime.device_frame import DeviceFrame
from tracker.runtime.gpu_frame import GpuView
from tracker.state import TargetState

HERE = Box(50, 60, 24, 24)
CONFIG = TrackingConfig(comparison=ComparisonConfig(trust=0.9, every=3, again=1))
WHITE, RED, PINK = (255, 255, 255), (0, 0, 255), (100, 100, 255)  # BGR; all of them bright


class Coloured(BrightSpot):
    """Finds what is bright with any score that is wanted, and remembers its colour."""

    def __init__(self, score: float = 0.99) -> None:
        self.score = score
        self.looks = 0

    def encode(self, templates: Pixels) -> NDArray[np.float32]:
        self.looks += len(templates)
        colours = templates[:, ::32, ::32].astype(np.float32) / 127.5 - 1
        return np.ascontiguousarray(colours.transpose(0, 3, 1, 2))

    def match(self, memory: Any, searches: Pixels) -> Any:
        maps = super().match(memory, searches)
        return replace(maps, score=np.where(maps.score > 0.5, np.float32(self.score), maps.score))


def painted(colour: tuple[int, int, int], box: Box = HERE) -> NDArray[np.uint8]:
    frame = scene(box)
    frame[frame[..., 0] > 0] = colour
    return frame


def followed(
    steps: Sequence[tuple[tuple[int, int, int], float]], config: TrackingConfig = CONFIG
) -> tuple[list[Estimate], int]:
    """What is said of frames, each with a colour and a score; and how often it was looked."""
    runtime = Coloured()
    tracker, frame = SingleObjectTracker(runtime, config), painted(WHITE)
    tracker.init(frame, HERE)
    found = []
    for colour, score in steps:
        runtime.score = score
        frame[:] = painted(colour)  # the same memory for all frames
        found.append(tracker.update(frame))
    return found, runtime.looks - 1


def states(*steps: tuple[tuple[int, int, int], float]) -> list[str]:
    return [each.state for each in followed(steps)[0]]


def test_the_cosine_of_the_middles() -> None:
    one = np.zeros((1, 2, 4, 4))
    one[:, 0] = 1
    other = one.copy()
    other[..., 0, :] = 9  # what lies around does not count
    assert similarity(one, other) == pytest.approx([1])
    other[:, 1] = 1
    others = np.concatenate([other, -3 * one, 0 * one])
    ones = np.repeat(one, 3, axis=0)
    assert similarity(ones, others) == pytest.approx([0.5**0.5, -1, 0])
    tensors = similarity(torch.from_numpy(ones), torch.from_numpy(others))
    assert tensors == pytest.approx([0.5**0.5, -1, 0])


def test_a_look_alike_in_doubt_is_not_said_to_be_tracked() -> None:
    assert states((WHITE, 0.8), (RED, 0.8)) == ["tracking", "uncertain"]


def test_what_looks_like_the_target_is_tracked_with_a_low_score() -> None:
    assert states((WHITE, 0.3), (RED, 0.3), (WHITE, 0.2)) == ["tracking", "uncertain", "uncertain"]


def test_what_is_sure_is_not_compared() -> None:
    found, looks = followed([(RED, 0.95)] * 20)
    assert {each.state for each in found} == {"tracking"}
    assert looks == 0


def test_a_glimpse_of_a_target_that_has_changed_counts_as_well() -> None:
    doubt = (RED, 0.6)
    assert states((RED, 0.94), doubt) == ["tracking", "uncertain"]  # not sure enough for one
    assert states((RED, 0.97), doubt, doubt) == ["tracking"] * 3
    # three frames on, another one
    newer = (RED, 0.97), (PINK, 0.97), (WHITE, 0.97), (WHITE, 0.97), doubt
    assert states(*newer)[-1] == "uncertain"
    assert states(*newer[:2], doubt)[-1] == "tracking"


def test_a_glimpse_is_encoded_once_and_only_when_it_is_needed() -> None:
    assert followed([(RED, 0.97), (WHITE, 0.6)])[1] == 1  # like the first sight
    assert followed([(RED, 0.97), (RED, 0.6)])[1] == 2
    assert followed([(RED, 0.97), (RED, 0.6), (RED, 0.6)])[1] == 3


def test_a_doubt_that_goes_on_is_looked_into_again() -> None:
    config = replace(CONFIG, comparison=replace(CONFIG.comparison, again=3))
    white, red, sure = (WHITE, 0.6), (RED, 0.6), (WHITE, 0.92)
    found, looks = followed([white, red, red, red, red, sure, red, white], config)
    said = [each.state for each in found]
    assert said == ["tracking"] * 3 + ["uncertain"] * 2 + ["tracking"] + ["uncertain"] * 2
    assert looks == 3


def test_an_answer_ends_where_the_target_is_missed() -> None:
    config = replace(CONFIG, comparison=replace(CONFIG.comparison, again=3))
    missed = (WHITE, 0.1)
    for first, then, last in ((WHITE, RED, "uncertain"), (RED, WHITE, "tracking")):
        found, looks = followed([(first, 0.6), missed, (then, 0.6)], config)
        assert [each.state for each in found[1:]] == ["uncertain", last]
        assert looks == 2


def test_another_target_is_not_compared_with_the_last() -> None:
    runtime = Coloured()
    tracker = SingleObjectTracker(runtime, CONFIG)
    tracker.init(painted(WHITE), HERE)
    tracker.update(painted(RED))  # gives a glimpse
    tracker.init(painted(WHITE), HERE)
    runtime.score = 0.6
    assert tracker.update(painted(RED)).state == "uncertain"


def test_boxes_and_scores_do_not_depend_on_it() -> None:
    steps = [(RED, 0.8), (WHITE, 0.97), (RED, 0.3), (PINK, 0.1), (RED, 0.6)] * 3
    without, looks = followed(steps, TrackingConfig())
    assert looks == 0
    compared = followed(steps)[0]
    assert [(e.box, e.score) for e in compared] == [(e.box, e.score) for e in without]
    assert [e.state for e in compared] != [e.state for e in without]


def test_many_targets_are_compared_as_if_each_was_alone() -> None:
    boxes = [HERE, Box(200, 60, 24, 24), Box(60, 180, 24, 24)]
    colours = [RED, WHITE, PINK]
    many, alone = Coloured(), [Coloured() for _ in boxes]
    together = MultiObjectTracker(many, CONFIG)
    each = [SingleObjectTracker(runtime, CONFIG) for runtime in alone]
    frame = np.maximum.reduce([painted(WHITE, box) for box in boxes])
    for tracker, box in zip(each, boxes, strict=True):
        together.add(frame, box)
        tracker.init(frame, box)
    later = np.maximum.reduce([painted(c, b) for c, b in zip(colours, boxes, strict=True)])
    for score in (0.6, 0.97, 0.6, 0.4, 0.1, 0.7):
        many.score = score
        for runtime in alone:
            runtime.score = score
        found = together.update(later)
        assert list(found.values()) == [tracker.update(later) for tracker in each]
    assert {estimate.state for estimate in found.values()} == {"tracking"}
    assert many.looks == sum(runtime.looks for runtime in alone)


def sight(number: int) -> NDArray[np.float32]:
    """A memory that is like no other one."""
    found = np.zeros((1, 64, 4, 4), np.float32)
    found[:, number] = 1
    return found


class Looked:
    """Stands for a frame and a network: what lies at 10 * k looks like the memory of `kinds[k]`."""

    def __init__(self, kinds: Sequence[int]) -> None:
        self.kinds = kinds

    def cut(self, squares: Sequence[Square]) -> list[float]:
        return [square.center[0] for square in squares]

    def encode(self, crops: Sequence[float]) -> NDArray[np.float32]:
        return np.concatenate([sight(self.kinds[round(x / 10)]) for x in crops])

    def stack(self, memories: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        return np.concatenate(memories)


def test_every_target_is_compared_with_what_it_looked_like_itself() -> None:
    numbers = range(40)  # more than fit into a call
    looked: Any = Looked([k if k % 3 else k + 1 for k in numbers])
    remembered = [Remembered.start(sight(k)) for k in numbers]
    for k in numbers[::2]:  # a few of these have come to look like the next one
        remembered[k] = replace(remembered[k], glimpse=Glimpse(None, sight(k + 1)))
    state = TargetState.start(Box(-2, 0, 4, 4), (1, 1))
    boxes = [Box(10 * k - 2, 0, 4, 4) for k in numbers]
    states = [replace(state, box=box, score=0.6) for box in boxes]
    after, seen = compare(remembered, looked, looked, states, CONFIG)
    assert [each.alike for each in seen] == [bool(k % 3) or k % 2 == 0 for k in numbers]
    assert [each.alike for each in after] == [each.alike for each in seen]
    assert all(each.first is known.first for each, known in zip(after, remembered, strict=True))


def test_glimpses_of_targets_marked_in_one_frame_are_spread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken = 0

    def kept(_: Picture, squares: Sequence[Square]) -> NDArray[np.uint8]:
        nonlocal taken
        taken += 1
        return np.zeros((len(squares), 128, 128, 3), np.uint8)

    monkeypatch.setattr(Picture, "kept", kept)
    places = [Box(30 + 44 * k, 60, 24, 24) for k in range(6)]
    frame = np.maximum.reduce([painted(WHITE, box) for box in places])
    tracker = MultiObjectTracker(Coloured(), CONFIG)
    for place in places:
        tracker.add(frame, place)
    counts = []
    for _ in range(10):
        taken = 0
        tracker.update(frame)
        counts.append(taken)
    assert counts == [6, *[2] * 9]  # one in three frames each


def test_any_number_of_targets_may_be_in_doubt() -> None:
    runtime, sizes = Coloured(), []
    encode = runtime.encode

    def noted(templates: Pixels) -> NDArray[np.float32]:
        sizes.append(len(templates))
        return encode(templates)

    runtime.encode = noted  # type: ignore[method-assign]
    tracker = MultiObjectTracker(runtime, CONFIG)
    for _ in range(40):
        tracker.add(painted(WHITE), HERE)
    sizes.clear()
    runtime.score = 0.6
    found = tracker.update(painted(RED))
    assert sizes == [32, 8]
    assert {estimate.state for estimate in found.values()} == {"uncertain"}


def test_a_frame_on_a_device_keeps_what_it_showed() -> None:
    frame, square = painted(RED), Square.around(HERE.center, 48, 128)
    pixels = torch.from_numpy(frame)
    kept = DeviceFrame.of(pixels, torch.device("cpu"), "bgr").kept([square])
    before = kept.clone()
    pixels.zero_()
    assert torch.equal(kept, before)
    assert before.max() == 255


def test_views_of_a_gpu_keep_what_comes_from_this_machine() -> None:
    frame = painted(RED)
    view = GpuView.of(frame, "bgr")
    square = Square.around(HERE.center, 48, 128)
    kept = view.kept([square])
    assert kept is not None
    frame[:] = 0
    assert kept.max() == 255
    assert GpuView.of(OnGpu(frame), "bgr").kept([square]) is None
