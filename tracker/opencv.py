"""The manners of OpenCV's trackers, so that one can be put where the other was."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from tracker.box import Box
from tracker.errors import NotStartedError
from tracker.frame import Frame
from tracker.single import SingleObjectTracker

Rect = tuple[int, int, int, int]


class OpenCVTracker:
    """Wraps a tracker in `init(image, bbox)`, `update(image) -> (ok, bbox)`, `getTrackingScore()`.

    Example:
        tracker = OpenCVTracker(load("b0"))  # was: cv2.TrackerNano.create()
        tracker.init(image, (x, y, w, h))
        ok, (x, y, w, h) = tracker.update(image)
    """

    def __init__(self, tracker: SingleObjectTracker) -> None:
        self._tracker = tracker
        self._score: float | None = None

    def init(self, image: Frame, boundingBox: Iterable[float]) -> None:  # noqa: N803 OpenCV's name
        """Start on `boundingBox` = (x, y, w, h); raises what `SingleObjectTracker.init` does."""
        self._tracker.init(image, boundingBox)
        self._score = 1.0

    def update(self, image: Frame) -> tuple[bool, Rect]:
        """Whether the target is still seen, and its box in whole pixels, as OpenCV gives it.

        Raises what `SingleObjectTracker.update` does.
        """
        estimate = self._tracker.update(image)
        self._score = estimate.score
        return estimate.state != "lost", _rounded(estimate.box)

    def getTrackingScore(self) -> float:  # noqa: N802 OpenCV's name
        """The score of the last update, in [0, 1].

        Raises:
            NotStartedError: before `init`.
        """
        if self._score is None:
            raise NotStartedError("call init(image, boundingBox) before getTrackingScore()")
        return self._score


def _rounded(box: Box) -> Rect:
    return cast(Rect, tuple(round(value) for value in box))
