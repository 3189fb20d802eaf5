"""Where frames come from: one small protocol, whatever is behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from apps.command import CommandError

Image = NDArray[np.uint8]  # (H, W, 3), BGR, as OpenCV gives it


class SourceError(CommandError):
    """A source cannot be opened, or has no frame."""


class SourceBrokeError(CommandError):
    """A source that delivered frames ended before it should have."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture and its place in the source."""

    index: int  # 0-based; counts the frames of the source, those a live one skipped included
    time_s: float  # seconds since the first frame
    pixels: Image


@dataclass(frozen=True, slots=True)
class Outage:
    """A live source has no frame at the moment."""

    seconds: float  # since its last frame
    failures: int  # reads and attempts to reconnect that failed since


class Source(Protocol):
    """An ordered stream of frames."""

    @property
    def name(self) -> str:
        """What the user calls it."""
        ...

    @property
    def live(self) -> bool:
        """Whether frames come at their own pace, and stale ones are skipped."""
        ...

    @property
    def total(self) -> int | None:
        """How many frames there are; None if nobody knows."""
        ...

    @property
    def fps(self) -> float:
        """Nominal frames per second."""
        ...

    def read(self) -> Frame | Outage | None:
        """Wait for the next frame; None is the proper end.

        Raises:
            SourceBrokeError: if the source ends before it should.
        """
        ...

    def notes(self) -> tuple[str, ...]:
        """What a summary should mention: skipped frames, reconnects, missing frames."""
        ...

    def close(self) -> None:
        """Let go of files, devices and threads."""
        ...
