"""Stand-ins: a tracker without a network, a clip, a view without a window."""

from __future__ import annotations

import time
from collections import deque
from pathlib import Path

import cv2
import numpy as np

from apps.render import PaintedScene, Scene
from apps.source import Image
from apps.window import Action
from tracker import Box, Estimate

SMALL = Scene(width=320, height=180, frames=40, target=(40.0, 30.0), pole_width=12.0)


class TemplateTracker:
    """Finds the first box's pixels again by correlation; knows no change of size."""

    engine = "correlation"

    def __init__(self) -> None:
        self._template: Image | None = None
        self._box = Box(0, 0, 1, 1)

    def init(self, frame: Image, box: Box) -> None:
        self._box = box.visible(frame.shape[1], frame.shape[0])  # a BoxError if there is nothing
        x, y, w, h = (round(v) for v in (box.x, box.y, box.w, box.h))
        self._template = frame[max(y, 0) : y + h, max(x, 0) : x + w].copy()

    def update(self, frame: Image) -> Estimate:
        assert self._template is not None
        h, w = self._template.shape[:2]
        if frame.shape[0] < h or frame.shape[1] < w:
            return Estimate(self._box, 0.0, "lost")
        match = cv2.matchTemplate(frame, self._template, cv2.TM_CCOEFF_NORMED)
        _, best, _, (x, y) = cv2.minMaxLoc(match)
        score = float(np.clip(best, 0, 1))
        if score < 0.3:
            return Estimate(self._box, score, "lost")
        self._box = Box(x, y, w, h)
        return Estimate(self._box, score, "tracking" if score > 0.6 else "uncertain")


def fake_load(
    _model: str,
    *,
    engine: str,
    device: str,
    threads: int | None,
    precision: str | None,
    full_search: bool,
) -> TemplateTracker:
    """Take the place of `tracker.load`."""
    assert engine
    assert precision in {None, "fp32", "fp16", "int8"}
    assert device
    assert threads is None or threads > 0
    assert full_search in {True, False}
    return TemplateTracker()


class ScriptedView:
    """A view whose user does what a list says, and then nothing."""

    def __init__(self, *script: Action | Box | None) -> None:
        self.script: deque[Action | Box | None] = deque(script)
        self.shown: list[Image] = []
        self.closed = False

    def show(self, picture: Image) -> None:
        self.shown.append(picture)

    def poll(self, wait_ms: int) -> Action | Box | None:
        assert wait_ms >= 1
        event = self.script.popleft() if self.script else None
        if event is None:
            time.sleep(wait_ms / 1000)
        return event

    def close(self) -> None:
        self.closed = True


def clip_frames(scene: Scene = SMALL) -> list[Image]:
    painter = PaintedScene(scene)
    return [painter.frame(i).pixels for i in range(scene.frames)]


def first_box(scene: Scene = SMALL) -> str:
    box = PaintedScene(scene).truth(0)
    return f"{box.x:.1f},{box.y:.1f},{box.w:.1f},{box.h:.1f}"


def write_video(path: Path, frames: list[Image], codec: str = "MJPG", fps: float = 25) -> Path:
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, (width, height))
    assert writer.isOpened()
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path


def count_frames(path: Path) -> int:
    capture = cv2.VideoCapture(str(path))
    assert capture.isOpened(), path
    count = 0
    while capture.read()[0]:
        count += 1
    capture.release()
    return count
