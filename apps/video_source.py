"""A video file as a source: every frame, in order."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np

from apps.source import Frame, Image, SourceBrokeError

_TOLERATED = 0.01  # missing share of frames; headers and edit lists are off by a few
_TOLERATED_FRAMES = 2


class Capture(Protocol):
    """What is used of cv2.VideoCapture."""

    def isOpened(self) -> bool:  # noqa: N802
        """Whether there is something to read."""
        ...

    def read(self) -> tuple[bool, Image | None]:
        """Read the next frame, if there is one."""
        ...

    def get(self, prop: int) -> float:
        """Read a property."""
        ...

    def release(self) -> None:
        """Let go of the file or device."""
        ...


def as_bgr(pixels: Image) -> Image:
    """The picture in three channels, also where a capture gives one: GStreamer, of grey video."""
    if pixels.ndim == 2:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), np.uint8)
    return pixels


def nominal_fps(capture: Capture, default: float) -> float:
    """Return the frame rate a capture tells, or `default` where that makes no sense."""
    fps = capture.get(cv2.CAP_PROP_FPS)
    return fps if 0.1 <= fps <= 1000 else default


def frame_count(capture: Capture) -> int | None:
    """Return the number of frames that the header promises; None where it is silent."""
    count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
    return int(count) if 0 < count < 1e9 else None


class VideoSource:
    """A finite video: a file, or a URL with an end."""

    live = False

    def __init__(self, name: str, capture: Capture, *, fps: float) -> None:
        """Read from an opened capture; `fps` is used where the file tells no rate."""
        self.name = name
        self.fps = nominal_fps(capture, fps)
        self.total = frame_count(capture)
        self._capture = capture
        self._next = 0
        self._time_s = 0.0
        self._missing = 0

    def read(self) -> Frame | None:
        """Read the next frame.

        Raises:
            SourceBrokeError: if the file ends clearly before its header says so.
        """
        ok, pixels = self._capture.read()
        if not ok or pixels is None:
            self._check_end()
            return None
        frame = Frame(self._next, self._timestamp(), as_bgr(pixels))
        self._next += 1
        return frame

    def _timestamp(self) -> float:
        """Seconds of the frame just read; never going back."""
        seconds = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        if self._next and not self._time_s < seconds < 1e7:
            seconds = self._time_s + 1 / self.fps
        self._time_s = max(seconds, 0.0)
        return self._time_s

    def _check_end(self) -> None:
        self._missing = max((self.total or 0) - self._next, 0)
        if self._missing > max(_TOLERATED_FRAMES, _TOLERATED * (self.total or 0)):
            raise SourceBrokeError(
                f"{self.name} is truncated or damaged: "
                f"{self._next} of {self.total} frames could be read"
            )

    def notes(self) -> tuple[str, ...]:
        """Frames that the header promised and that were not there."""
        if not self._missing:
            return ()
        return (f"{self._next} of the {self.total} frames in the header were there",)

    def close(self) -> None:
        """Close the file."""
        self._capture.release()
