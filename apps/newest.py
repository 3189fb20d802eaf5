"""A letter box with room for one frame: the newest."""

from __future__ import annotations

import threading
import time

from apps.source import Frame, Image


class Newest:
    """Hands frames from a reading thread to the one that uses them; stale ones are dropped.

    A count of failures since the last frame travels with it, so that whoever waits knows why.
    """

    def __init__(self) -> None:
        """Start empty; the clock of an outage runs from here."""
        self._changed = threading.Condition()
        self._waiting: Frame | None = None
        self._started: float | None = None
        self._seen_at = time.monotonic()
        self._count = 0
        self._dropped = 0
        self._failures = 0

    def put(self, pixels: Image) -> None:
        """Leave a frame that came just now, in the place of one nobody took."""
        with self._changed:
            now = time.monotonic()
            if self._started is None:
                self._started = now
            if self._waiting is not None:
                self._dropped += 1
            self._waiting = Frame(self._count, now - self._started, pixels)
            self._count += 1
            self._failures = 0
            self._seen_at = now
            self._changed.notify()

    def fail(self) -> None:
        """Note that an attempt to get frames came to nothing."""
        with self._changed:
            self._failures += 1

    def take(self, timeout_s: float) -> Frame | None:
        """Wait for a frame not taken yet; None if there is none in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting is not None, timeout_s)
            frame, self._waiting = self._waiting, None
            return frame

    @property
    def silent_s(self) -> float:
        """Seconds since the last frame came, or since the start."""
        return time.monotonic() - self._seen_at

    @property
    def count(self) -> int:
        """Frames that came."""
        return self._count

    @property
    def dropped(self) -> int:
        """Frames replaced before anybody took them."""
        return self._dropped

    @property
    def failures(self) -> int:
        """Failed attempts since the last frame."""
        return self._failures
