"""Trackers to be measured by the runner's tests; found by MODULE:FACTORY, also in its processes."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from eval.contestant import Image, Xywh
from eval.jobs import Job, Outcome, Worker
from tracker import Box

RAISES, HANGS, DIES, ANSWERS_NAN = 65, 66, 67, 68  # widths of frames that spoil a mood


def run_here(jobs: list[Job], _workers: int) -> Iterator[Outcome]:
    """Do jobs in this process."""
    return map(Worker().perform, jobs)


@dataclass(frozen=True)
class Found:
    """A box and a score."""

    box: Box
    score: float = 0.75


class Bright:
    """Finds the bright thing."""

    def init(self, frame: Image, box: Xywh) -> None:
        self.last = Box(*box)

    def update(self, frame: Image) -> Found:
        ys, xs = np.nonzero(frame[..., 0] > 128)
        self.last = Box(
            float(xs.min()), float(ys.min()), float(np.ptp(xs) + 1), float(np.ptp(ys) + 1)
        )
        return Found(self.last)


class Still(Bright):
    """Stays where it began."""

    def update(self, frame: Image) -> Found:
        return Found(self.last)


class Moody(Bright):
    """Fails in a manner that the width of the frame decides."""

    def update(self, frame: Image) -> Found:
        width = frame.shape[1]
        if width == RAISES:
            raise RuntimeError("bad\nmood")
        if width == HANGS:
            time.sleep(600)
        if width == DIES:
            os.kill(os.getpid(), signal.SIGKILL)
        found = super().update(frame)
        return Found(found.box, float("nan")) if width == ANSWERS_NAN else found


class Slow(Bright):
    """Takes its time."""

    def update(self, frame: Image) -> Found:
        time.sleep(0.02)
        return super().update(frame)


class Threads(Bright):
    """Answers with the number of OpenCV's threads, in tenths."""

    def update(self, frame: Image) -> Found:
        return Found(super().update(frame).box, cv2.getNumThreads() / 10)
