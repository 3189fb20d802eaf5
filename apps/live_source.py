"""A camera as a source: the newest frame only, and a camera that drops out is called again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from apps.newest import Newest
from apps.source import Frame, Outage, SourceBrokeError
from apps.video_source import Capture, nominal_fps


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePolicy:
    """How long to bear with a camera; all in seconds."""

    poll_s: float = 0.1  # an outage is told this often, so that keys are answered
    stale_s: float = 1.0  # no frame for so long is an outage
    hung_s: float = 15.0  # a reader silent for so long is given up and replaced
    patience_s: float = 30.0  # no frame for so long is the end
    retry_s: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0)  # pauses between attempts; the last repeats


class _Reader(threading.Thread):
    """Reads one camera until told to stop; opens it again when it drops out."""

    def __init__(
        self,
        capture: Capture | None,
        reopen: Callable[[], Capture],
        newest: Newest,
        policy: LivePolicy,
    ) -> None:
        # a read that hangs inside a driver cannot be ended, and must not keep the process alive
        super().__init__(name="camera", daemon=True)
        self._capture = capture
        self._reopen = reopen
        self._newest = newest
        self._policy = policy
        self._stopped = threading.Event()
        self.alive_at = time.monotonic()

    def run(self) -> None:
        """Read, and reconnect with growing pauses."""
        attempt = 0
        while not self._stopped.is_set():
            if self._capture is None:
                pauses = self._policy.retry_s
                self._stopped.wait(pauses[min(attempt, len(pauses) - 1)])
                attempt += 1
                self._connect()
            elif self._read_one(self._capture):
                attempt = 0
            self.alive_at = time.monotonic()
        self._hang_up()

    def _connect(self) -> None:
        if self._stopped.is_set():
            return
        self._capture = self._reopen()
        if not self._capture.isOpened():
            self._newest.fail()
            self._hang_up()

    def _read_one(self, capture: Capture) -> bool:
        """Read a frame; False hangs up."""
        try:
            ok, pixels = capture.read()
        except cv2.error:  # a broken stream, as far as anybody can tell
            ok, pixels = False, None
        if self._stopped.is_set():
            return False  # replaced meanwhile: another reader's frames count now
        if not ok or pixels is None:
            self._newest.fail()
            self._hang_up()
            return False
        self._newest.put(np.asarray(pixels, np.uint8))
        return True

    def _hang_up(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def stop(self) -> None:
        """Ask the thread to end; it does so after the read it is in."""
        self._stopped.set()


class LiveSource:
    """A camera, or a URL without an end."""

    live = True

    def __init__(
        self,
        name: str,
        capture: Capture,
        reopen: Callable[[], Capture],
        policy: LivePolicy,
        *,
        fps: float,
    ) -> None:
        """Start reading from an opened capture; `fps` is used where the camera tells no rate."""
        self.name = name
        self.total: int | None = None
        self.fps = nominal_fps(capture, fps)
        self._reopen = reopen
        self._policy = policy
        self._newest = Newest()
        self._restarts = 0
        self._outage: Outage | None = None
        self._outages: list[Outage] = []
        self._reader = _Reader(capture, reopen, self._newest, policy)
        self._reader.start()

    def read(self) -> Frame | Outage | None:
        """Wait a moment for a frame newer than the last one.

        Raises:
            SourceBrokeError: if no frame came for `LivePolicy.patience_s`.
        """
        while True:
            frame = self._newest.take(self._policy.poll_s)
            if frame is not None:
                self._end_outage()
                return frame
            silent_s, failures = self._newest.silent_s, self._newest.failures
            if silent_s >= self._policy.patience_s:
                raise SourceBrokeError(
                    f"{self.name} gave no frame for {silent_s:.0f} s ({failures} failed attempts)"
                )
            self._watch()
            if silent_s >= self._policy.stale_s or failures:
                self._outage = Outage(silent_s, failures)
                return self._outage

    def _end_outage(self) -> None:
        if self._outage is not None:
            self._outages.append(self._outage)
            self._outage = None

    def _watch(self) -> None:
        """Replace a reader that hangs."""
        if time.monotonic() - self._reader.alive_at < self._policy.hung_s:
            return
        self._reader.stop()
        self._restarts += 1
        self._reader = _Reader(None, self._reopen, self._newest, self._policy)
        self._reader.start()

    def notes(self) -> tuple[str, ...]:
        """Frames received and skipped, outages, readers replaced."""
        notes = [f"{self._newest.count} frames received, {self._newest.dropped} skipped as stale"]
        outages = [*self._outages, *([self._outage] if self._outage else [])]
        if outages:
            seconds = sum(outage.seconds for outage in outages)
            notes.append(f"{len(outages)} outages, {seconds:.1f} s in all")
        if self._restarts:
            notes.append(f"{self._restarts} hung readers replaced")
        return tuple(notes)

    def close(self) -> None:
        """Stop reading; a reader that hangs is left behind."""
        self._reader.stop()
        self._reader.join(timeout=2.0)
