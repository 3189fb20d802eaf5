"""A live source into a video file, written in a thread: the target does not wait for a disk."""

from __future__ import annotations

import queue
import threading
from pathlib import Path

from apps.recorder import Recorder
from apps.source import Image

_AHEAD = 8  # pictures that may wait; what comes then is skipped, and the one before held


class LiveRecorder(Recorder):
    """A recorder whose `write_at` returns at once.

    After an outage of a minute there are a thousand pictures to be written, and the target moves
    on meanwhile.
    """

    def __init__(self, path: Path, *, fps: float) -> None:
        """Prepare to write; nothing is created before the first picture.

        Raises:
            CommandError: if the name cannot be that of a video.
        """
        super().__init__(path, fps=fps)
        self._jobs: queue.Queue[tuple[Image, float] | None] = queue.Queue(_AHEAD)
        self._skipped: tuple[Image, float] | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    def write_at(self, picture: Image, time_s: float) -> None:
        """Leave a picture to be written where a time falls; it must not change any more.

        Raises:
            CommandError: if the video could not be written.
        """
        if self._error is not None:
            raise self._error
        self._skipped = None
        try:
            self._jobs.put_nowait((picture, time_s))
        except queue.Full:
            self._skipped = picture, time_s

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if self._error is not None:
                continue  # so that nobody waits for room
            try:
                super().write_at(*job)
            except Exception as error:  # noqa: BLE001  # told to whoever writes next, or closes
                self._error = error

    def close(self) -> None:
        """Write what waits, then as `Recorder` does.

        Raises:
            CommandError: likewise.
        """
        if self._thread.is_alive():
            if self._skipped is not None:  # the last one of all is shown
                self._jobs.put(self._skipped)
            self._jobs.put(None)
            self._thread.join()
        super().close()
        if self._error is not None:
            raise self._error
