"""How far an engine is from the network as it was built, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from apps.export_clips import Clip
from apps.export_follow import moments, success_auc
from apps.export_parity import Parity, compare
from apps.source import Image
from tests.tracker.spot import CARD, BrightSpot, scene
from tracker import Box
from tracker.loading import Model
from tracker.maps import HeadMaps
from tracker.runtime import Pixels

CLOSE = Parity("onnx", "fp32", 100, 0.4, 0.01, 0.02, None)


@pytest.mark.parametrize(
    ("parity", "objection"),
    [
        (CLOSE, None),
        (replace(CLOSE, box_px=0.51), "moves a box by 0.51 px, more than 0.5"),
        (replace(CLOSE, precision="fp16", box_px=0.51), "moves a box"),
        (replace(CLOSE, precision="int8", box_px=50.0), None),
        (replace(CLOSE, precision="bf16", box_px=50.0, auc=0.0099), None),
        (replace(CLOSE, precision="bf16", auc=0.0101), "more than 0.01"),
        (replace(CLOSE, auc=0.0049), None),
        (replace(CLOSE, auc=-0.0051), r"changes AUC by -0.0051, more than 0.005"),
        (replace(CLOSE, auc=0.0051), "changes AUC"),
        (replace(CLOSE, precision="int8", auc=-0.0099), None),
        (replace(CLOSE, precision="int8", auc=-0.0101), "more than 0.01"),
        (replace(CLOSE, box_px=float("inf")), "finite"),
    ],
)
def test_what_speaks_against_an_engine(parity: Parity, objection: str | None) -> None:
    found = parity.objection()
    if objection is None:
        assert found is None
    else:
        assert found is not None
        assert objection in found


def spot(runtime: Any = None) -> Model:
    return Model(CARD, runtime or BrightSpot(), "spot")


def white_clip(frames: int = 13) -> Clip:
    boxes = [Box(50.0 + 3 * i, 60.0 + i, 24.0, 24.0) for i in range(frames)]
    return Clip("white", np.array([tuple(b) for b in boxes]), lambda i: scene(boxes[i]))


class Moved(BrightSpot):
    """Half a grid cell off: 8 pixels of the search crop."""

    def match(self, memory: Any, searches: Pixels) -> HeadMaps:
        maps = super().match(memory, searches)
        maps.offset[:, 0] += 0.5
        return maps


def test_differences_are_in_pixels_of_the_frame() -> None:
    clip = white_clip()
    seen = moments(spot(), [clip], 100)
    assert len(seen) == 4  # every third of the twelve after the first
    same = compare(spot(), "fp32", seen, [clip], success_auc(spot(), [clip]))
    assert (same.box_px, same.score, same.auc) == (0, 0, 0)
    moved = compare(spot(Moved()), "fp32", seen, [clip], success_auc(spot(), [clip]))
    # the crop is four targets wide, 96 pixels on 256: eight of its pixels are three of the frame
    assert moved.box_px == pytest.approx(3, abs=0.2)
    assert moved.auc is not None
    assert moved.auc < -0.05


class Senseless(BrightSpot):
    def match(self, memory: Any, searches: Pixels) -> HeadMaps:
        maps = super().match(memory, searches)
        return HeadMaps(maps.score * np.float32(np.nan), maps.size, maps.offset)


def test_answers_that_are_not_finite_are_told() -> None:
    parity = compare(spot(Senseless()), "fp16", moments(spot(), [white_clip()], 9), [], None)
    assert parity.objection() == "answers with something else than finite numbers"


def test_auc_of_a_perfect_tracker_is_nearly_one() -> None:
    clip = white_clip()
    clip.truth[5] = np.nan  # not known there: not counted
    assert success_auc(spot(), [clip]) > 0.85
    assert success_auc(spot(Moved()), [clip]) < 0.8


def test_no_clip_is_followed_longer_than_needed() -> None:
    read = []

    def frame(index: int) -> Image:
        read.append(index)
        return white_clip().frame(index % 13)

    clip = replace(white_clip(50), frame=frame)
    assert len(moments(spot(), [clip, clip], 4)) == 4
    assert sorted(set(read)) == list(range(7))
