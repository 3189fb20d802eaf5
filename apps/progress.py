"""A bar that grows on a terminal, and stays silent anywhere else."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TextIO

_WIDTH = 30  # characters
_PERIOD_S = 0.1


class Progress:
    """How far a run of known length is."""

    def __init__(self, total: int | None, stream: TextIO, *, rate: str = "fps") -> None:
        """Draw on `stream` if it is a terminal and the length is known; `rate`: of what is done."""
        self._rate = rate
        self._total = total or 0
        self._stream = stream
        self._shown = self._total > 0 and stream.isatty()
        self._start = time.monotonic()
        self._drawn_at = float("-inf")

    def update(self, done: int) -> None:
        """Draw the bar, some times a second."""
        now = time.monotonic()
        if not self._shown or (now - self._drawn_at < _PERIOD_S and done < self._total):
            return
        self._drawn_at = now
        share = min(done / self._total, 1.0)
        rate = done / max(now - self._start, 1e-6)
        left_s = max(self._total - done, 0) / max(rate, 1e-6)
        bar = ("#" * round(share * _WIDTH)).ljust(_WIDTH, ".")
        self._draw(
            f"\r[{bar}] {done}/{self._total}  {rate:.1f} {self._rate}  {left_s:.0f} s left\x1b[K"
        )

    def close(self) -> None:
        """Wipe the bar away, so that what follows has its own line."""
        if self._shown and self._drawn_at > float("-inf"):
            self._draw("\r\x1b[K")

    def _draw(self, text: str) -> None:
        with suppress(OSError):  # a terminal may be gone
            self._stream.write(text)
            self._stream.flush()
