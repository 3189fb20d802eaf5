"""The thread that reads a camera, and opens it again when it drops out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import cv2

from apps.newest import Newest
from apps.video_source import Capture, as_bgr


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePolicy:
    """How long to bear with a camera; all in seconds."""

    poll_s: float = 0.1  # an outage is told this often, so that keys are answered
    stale_s: float = 1.0  # no frame for so long is an outage
    hung_s: float = 15.0  # a reader silent for so long is given up and replaced
    patience_s: float = 30.0  # no frame for so long is the end
    wait_s: float = 0.0  # how long to try to open one that is not there yet
    retry_s: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0)  # pauses between attempts; the last repeats


class CameraReader(threading.Thread):
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
        self._newest.put(as_bgr(pixels))
        return True

    def _hang_up(self) -> None:
        if self._capture is not None:
            self._capture.release()
            self._capture = None

    def stop(self) -> None:
        """Ask the thread to end; it does so after the read it is in."""
        self._stopped.set()
