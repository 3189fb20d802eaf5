"""Dragging a box with the mouse, in picture coordinates of a scaled view."""

from __future__ import annotations

from tracker import Box

_SMALLEST = 4.0  # frame pixels; anything less was a click


class Drag:
    """The corners of a box under way."""

    def __init__(self) -> None:
        """Nothing is being dragged."""
        self._start: tuple[float, float] | None = None
        self._end = (0.0, 0.0)

    @property
    def active(self) -> bool:
        """Whether the button is down."""
        return self._start is not None

    @property
    def corners(self) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """The two corners so far, in view pixels."""
        return None if self._start is None else (self._start, self._end)

    def press(self, x: float, y: float) -> None:
        """The button goes down here."""
        self._start = self._end = (x, y)

    def move(self, x: float, y: float) -> None:
        """The mouse moves."""
        self._end = (x, y)

    def release(self, *, scale: float, width: int, height: int) -> Box | None:
        """The button goes up.

        Args:
            scale: view pixels per frame pixel.
            width: of the frame, pixels.
            height: of the frame, pixels.

        Returns:
            The box in frame pixels, cut at the frame's edges; None if it is too small to be meant.
        """
        if self._start is None:
            return None
        xs = sorted(min(max(x / scale, 0.0), width) for x in (self._start[0], self._end[0]))
        ys = sorted(min(max(y / scale, 0.0), height) for y in (self._start[1], self._end[1]))
        self._start = None
        if xs[1] - xs[0] < _SMALLEST or ys[1] - ys[0] < _SMALLEST:
            return None
        return Box(xs[0], ys[0], xs[1] - xs[0], ys[1] - ys[0])
