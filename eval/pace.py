"""When a tracker gets a frame: whenever it is ready, or as a live camera gives them."""

from __future__ import annotations

_GRACE = 3


class LiveCamera:
    """Drops the frames that come while a tracker is busy, by the VOT challenge's real-time rule.

    A frame comes every 1/fps seconds. A tracker that took s seconds for one frame misses those that
    came meanwhile; for them its last answer stands. The first three slow frames are forgiven, so
    that warming up costs nothing (Kristan et al., The Visual Object Tracking VOT2017 challenge
    results, section 2.2). A rate of 0 is a camera that waits for the tracker.
    """

    def __init__(self, fps: float) -> None:
        self._interval_s = 1.0 / fps if fps > 0 else float("inf")
        self._grace = _GRACE
        self._busy_s = 0.0

    def spend(self, seconds: float) -> None:
        """Note how long the tracker took for the frame it was given last."""
        if seconds <= self._interval_s:
            return
        if self._grace > 0:
            self._grace -= 1
        else:
            self._busy_s = seconds

    def gives_next(self) -> bool:
        """Let the next frame come, and tell whether the tracker is free to take it."""
        self._busy_s = max(self._busy_s - self._interval_s, 0.0)
        return self._busy_s < _ROUNDING_S


_ROUNDING_S = 1e-9  # so that a tracker that takes exactly two intervals misses one frame
