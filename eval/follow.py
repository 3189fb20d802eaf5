"""Let a contestant follow the target of one sequence."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.contestant import Contestant, Finding, Xywh
from eval.errors import BenchmarkError, ContestantError
from eval.pace import LiveCamera
from eval.picture import read_picture
from eval.sequence import Sequence

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Track:
    """What a contestant did on one sequence.

    Attributes:
        boxes_xywh: (T, 4) in 0-based pixels; the first row is the box it was given.
        seconds: (T,) what `init` and each `update` took, without reading; NaN for dropped frames.
        scores: (T,) confidences in [0, 1]; 1 for the first frame.
    """

    boxes_xywh: Floats
    seconds: Floats
    scores: Floats


def follow(
    contestant: Contestant,
    sequence: Sequence,
    *,
    realtime_fps: float | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Track:
    """Start on the first frame with its true box, then go through the sequence once.

    Args:
        contestant: who is measured.
        sequence: what it is measured on.
        realtime_fps: let frames come at this rate, and drop those for which it is too slow.
        clock: tells the time in seconds.

    Raises:
        BenchmarkError: a picture is missing or damaged, or the first frame has no true box.
        ContestantError: the contestant answers with something else than finite numbers.
    """
    _check(sequence)
    camera = LiveCamera(realtime_fps or 0.0)
    count = len(sequence)
    boxes, seconds, scores = np.empty((count, 4)), np.full(count, np.nan), np.ones(count)
    boxes[0] = sequence.truth[0]
    x, y, w, h = sequence.truth[0].tolist()
    frame = read_picture(sequence.frames[0])
    start = clock()
    contestant.init(frame, (x, y, w, h))
    seconds[0] = clock() - start
    camera.spend(seconds[0])
    for index in range(1, count):
        if not camera.gives_next():
            boxes[index], scores[index] = boxes[index - 1], scores[index - 1]
            continue
        frame = read_picture(sequence.frames[index])
        start = clock()
        finding = contestant.update(frame)
        seconds[index] = clock() - start
        camera.spend(seconds[index])
        boxes[index], scores[index] = _numbers(finding, sequence, index)
    return Track(boxes, seconds, scores)


def _numbers(finding: Finding, sequence: Sequence, index: int) -> tuple[Xywh, float]:
    """Take an answer apart into numbers."""
    box = finding.box
    xywh, score = (box.x, box.y, box.w, box.h), finding.score
    if not all(map(math.isfinite, (*xywh, score))):
        raise ContestantError(f"{sequence.name}, frame {index}: answered {finding}")
    return xywh, score


def _check(sequence: Sequence) -> None:
    """See that there is something to track, and a box to start with."""
    if not sequence.frames:
        raise BenchmarkError(f"{sequence.name} has an annotation but no pictures")
    first = sequence.truth[0]
    if not (np.isfinite(first).all() and (first[2:] > 0).all()):
        raise BenchmarkError(f"{sequence.name} has no true box in its first frame: {first}")
