"""A camera as a source: the newest frame only, and a camera that drops out is called again."""

from __future__ import annotations

import time
from collections.abc import Callable

from apps.camera_reader import CameraReader, LivePolicy
from apps.newest import Newest
from apps.source import Frame, Outage, SourceBrokeError
from apps.video_source import Capture, nominal_fps


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
        self._reader = CameraReader(capture, reopen, self._newest, policy)
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
        self._reader = CameraReader(None, self._reopen, self._newest, self._policy)
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
