"""The first sight stays; what is seen lately is mixed in, when it is surely the target."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.tracker.spot import BrightSpot, scene
from tracker import Box, SingleObjectTracker, TrackingConfig
from tracker.memory import MemoryConfig, Remembered
from tracker.runtime import Pixels

HERE = Box(50, 60, 24, 24)


def test_the_first_sight_always_keeps_its_share() -> None:
    config = MemoryConfig(rate=1.0, share=0.5)
    remembered = Remembered.start(np.array([1.0]))
    for _ in range(10):
        remembered = remembered.refreshed(np.array([0.0]), config)
    assert remembered.current == pytest.approx(0.5)
    assert remembered.first == pytest.approx(1)


def test_looks_are_mixed_in_little_by_little() -> None:
    config = MemoryConfig(rate=0.4, share=0.5)
    remembered = Remembered.start(np.array([1.0])).refreshed(np.array([0.0]), config)
    assert remembered.lately == pytest.approx(0.6)
    assert remembered.current == pytest.approx(0.8)


class Counting(BrightSpot):
    """Counts its looks."""

    def __init__(self) -> None:
        self.looks = 0

    def encode(self, templates: Pixels) -> Any:
        self.looks += 1
        return super().encode(templates)


def looks(memory: MemoryConfig, frame: Any, frames: int) -> int:
    runtime = Counting()
    tracker = SingleObjectTracker(runtime, replace(TrackingConfig(), memory=memory))
    tracker.init(scene(HERE), HERE)
    for _ in range(frames):
        tracker.update(frame)
    return runtime.looks - 1


def test_another_look_every_few_confident_frames() -> None:
    assert looks(MemoryConfig(every=5), scene(HERE), 20) == 4


def test_no_look_when_it_is_switched_off_or_nothing_is_seen() -> None:
    assert looks(MemoryConfig(every=0), scene(HERE), 20) == 0
    assert looks(MemoryConfig(every=5), np.zeros((240, 320, 3), np.uint8), 20) == 0
    assert looks(MemoryConfig(every=5, sure=0.99), scene(HERE), 20) == 0
