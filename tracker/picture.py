"""A frame in this machine's memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tracker.crop import Square, cut, mean_colour, of_one_colour
from tracker.frame import Colour, Frame, checked, gain, to_rgb


@dataclass(frozen=True)  # without slots: who holds on to it does so weakly
class Picture:
    """A frame that was found usable, and what brings it to 0-255."""

    frame: Frame
    gain: float
    colour: Colour

    @classmethod
    def of(cls, frame: object, colour: Colour) -> Picture:
        """Check a frame.

        Raises:
            FrameError: if it is no image.
        """
        usable = checked(frame)
        if usable.dtype == np.float16:  # OpenCV cannot resample it
            usable = usable.astype(np.float32)
        return cls(usable, gain(usable), colour)

    @property
    def wh(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.frame.shape[1], self.frame.shape[0]

    @cached_property
    def mean(self) -> tuple[float, ...]:
        """The mean of each channel, 0-255."""
        return tuple(min(max(channel * self.gain, 0.0), 255.0) for channel in self._mean)

    @cached_property
    def _mean(self) -> tuple[float, ...]:
        """The same in the frame's own units."""
        return mean_colour(self.frame)

    def is_plain(self, square: Square) -> bool:
        """See `View`."""
        left, top, right, bottom = square.part(self.wh)
        part = self.frame[top:bottom, left:right]
        return bool(part.size) and of_one_colour(part)

    def cut(self, squares: Sequence[Square]) -> NDArray[np.uint8]:
        """See `View`."""
        crops = np.empty((len(squares), squares[0].size, squares[0].size, 3), np.uint8)
        for crop, square in zip(crops, squares, strict=True):
            shown = cut(self.frame, square, lambda: self._mean)
            crop[:] = to_rgb(shown, self.gain, self.colour)
        return crops

    kept = cut
