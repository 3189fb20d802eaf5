"""One target and what is known of it so far; no windows, no files."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from apps.source import Image
from tracker import Box, Estimate

_TRAIL = 60  # centres kept


class Tracker(Protocol):
    """What is used of a tracker."""

    @property
    def engine(self) -> str | None:
        """What runs its network."""
        ...

    def init(self, frame: Image, box: Box) -> None:
        """Remember the target."""
        ...

    def update(self, frame: Image) -> Estimate:
        """Find it again."""
        ...


class Follower:
    """A tracker with a memory: the current estimate, and where the target was."""

    def __init__(self, tracker: Tracker) -> None:
        """Follow nothing yet."""
        self._tracker = tracker
        self._trail: deque[tuple[float, float]] = deque(maxlen=_TRAIL)
        self.estimate: Estimate | None = None

    @property
    def engine(self) -> str | None:
        """What runs the network."""
        return self._tracker.engine

    @property
    def trail(self) -> tuple[tuple[float, float], ...]:
        """Centres of the last boxes, in pixels, oldest first."""
        return tuple(self._trail)

    def select(self, frame: Image, box: Box) -> Estimate:
        """Take what `box` marks as the target from now on.

        Raises:
            TrackerError: if the tracker cannot use frame or box.
        """
        self._tracker.init(frame, box)
        self._trail.clear()
        return self._accept(Estimate(box, 1.0, "tracking"))

    def track(self, frame: Image) -> Estimate:
        """Find the selected target in the next frame.

        Raises:
            TrackerError: if none was ever selected, or the tracker cannot use the frame.
        """
        return self._accept(self._tracker.update(frame))

    def forget(self) -> None:
        """Follow nothing any more."""
        self.estimate = None
        self._trail.clear()

    def _accept(self, estimate: Estimate) -> Estimate:
        self.estimate = estimate
        self._trail.append(estimate.box.center)
        return estimate
