"""What is believed of one target between frames: box, size, seen or lost. No network, no pixels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from tracker.box import Box

_PLACES = 48  # of a tiling of the frame; one more is looked at in every frame

TrackingStatus = Literal["tracking", "uncertain", "lost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateConfig:
    """When to believe, and how fast."""

    sure: float = 0.5  # a score from which the target counts as seen, where looks are not compared
    doubt: float = 0.25  # a score below which a frame counts towards being lost
    hold: float = 0.03  # a score below which the box holds at once
    regain: float = 0.5  # a score that ends being lost
    patience: int = 6  # doubtful frames in a row until the target counts as lost
    size_rate: float = 0.8  # share of the way to the network's size that a sure frame goes
    growth: float = 8.0  # sides stay within this factor of the first box's
    least: float = 2.0  # pixels; no side gets shorter, unless the first box was


@dataclass(frozen=True, slots=True)
class TargetState:
    """One target's state; every change makes a new one."""

    box: Box  # as the network draws it, frame pixels
    first: Box  # the box at the start
    score: float = 1.0
    misses: int = 0  # doubtful frames in a row
    step: tuple[float, float] | None = None  # of the middle in the last frame, pixels; if known
    alike: bool | None = None  # does it look like the target? None: that was not asked
    fit: tuple[float, float] = (1.0, 1.0)  # width and height as marked over those as drawn

    @classmethod
    def start(cls, mark: Box, fit: tuple[float, float]) -> TargetState:
        """The state of a target that was just marked.

        Args:
            mark: frame pixels.
            fit: its sides over those that the network draws.
        """
        drawn = Box.from_center(*mark.center, mark.w / fit[0], mark.h / fit[1])
        return cls(drawn, drawn, fit=fit)

    @property
    def fitted(self) -> Box:
        """The box as it would be marked, frame pixels."""
        return Box.from_center(*self.box.center, self.box.w * self.fit[0], self.box.h * self.fit[1])

    def visibility(self, config: StateConfig) -> TrackingStatus:
        """How the target is: "tracking", "uncertain", or "lost"."""
        if self.misses >= config.patience:
            return "lost"
        sure = self.score >= config.sure if self.alike is None else self.alike
        return "tracking" if sure and not self.misses else "uncertain"

    def seen(
        self,
        box: Box,
        score: float,
        likeness: float,
        frame_wh: tuple[int, int],
        config: StateConfig,
    ) -> TargetState:
        """The state after the network pointed at `box` with `score`.

        A score that does not convince leaves the box where it is: below `hold` while tracking,
        below `regain` while lost.

        Args:
            box: frame pixels, as decoded.
            score: in [0, 1].
            likeness: of the box's size to the last one, in (0, 1].
            frame_wh: width and height of the frame, pixels.
            config: when to believe.
        """
        lost = self.misses >= config.patience
        misses = self.misses + 1 if score < (config.regain if lost else config.doubt) else 0
        if score < (config.regain if lost else config.hold):
            return replace(self, score=score, misses=misses, step=None, alike=None)
        rate = min(config.size_rate * score * (1.0 if lost else likeness), 1.0)
        now, first, (width, height) = self.box, self.first, frame_wh
        w = self._side(now.w, box.w, rate, first.w, width, config)
        h = self._side(now.h, box.h, rate, first.h, height, config)
        (x, y), (cx, cy) = now.center, box.center
        cx, cy = min(max(cx, 0.0), float(width)), min(max(cy, 0.0), float(height))
        # what held its box before has come the way of several frames
        known = score >= config.sure and self.score >= config.hold and not lost
        step = (cx - x, cy - y) if known else None
        found = Box.from_center(cx, cy, w, h)
        return TargetState(found, first, score, misses, step, fit=self.fit)

    def ahead(self, share: float, most: float, frame_wh: tuple[int, int]) -> tuple[float, float]:
        """Where the target's middle is expected in the next frame, inside of the frame.

        Where its last step is not known, it is expected to stay.

        Args:
            share: of its last step that it is expected to go on by.
            most: pixels along each axis that it is expected to go at the most.
            frame_wh: width and height of the frame, pixels.
        """
        (x, y), (dx, dy), (width, height) = self.box.center, self.step or (0.0, 0.0), frame_wh
        x += min(max(share * dx, -most), most)
        y += min(max(share * dy, -most), most)
        return min(max(x, 0.0), float(width)), min(max(y, 0.0), float(height))

    @staticmethod
    def _side(
        old: float, new: float, rate: float, first: float, limit: int, config: StateConfig
    ) -> float:
        # a step of `rate` on a logarithmic scale
        side = old * math.exp(rate * math.log(max(new, 1e-3) / old))
        low = max(first / config.growth, min(config.least, first))
        high = max(min(first * config.growth, float(limit)), low)
        return min(max(side, low), high)


def search_centers(
    box: Box, side: float, frame_wh: tuple[int, int]
) -> tuple[list[tuple[float, float]], float]:
    """Where to look for a lost target: rings of crops around its last box, out to the frame's edge.

    Args:
        box: where it was last, frame pixels.
        side: of the usual search crop, frame pixels.
        frame_wh: width and height of the frame, pixels.

    Returns:
        the crops' centres, nearest first, and their side. Crops overlap by half, so that wherever
        the target is, it lies whole in one of them. Small targets in large frames are looked for in
        larger crops: steps between them are so large that `_PLACES` tile the frame, and a row and
        a column may come up to two longer than that.
    """
    width, height = frame_wh
    # a crop's middle half is its own; the rest overlaps
    side = max(side, 2 * (width * height / _PLACES) ** 0.5)
    step = side / 2
    cx, cy = (min(max(c, 0.0), float(e)) for c, e in zip(box.center, frame_wh, strict=True))
    xs, ys = list(_along(cx, step, width)), list(_along(cy, step, height))
    places = [(x, y) for x in xs for y in ys]
    places.sort(key=lambda p: (max(abs(p[0] - cx), abs(p[1] - cy)), p))
    return places[1:] or places, side


def _along(start: float, step: float, length: float) -> Iterator[float]:
    """Positions `step` apart through `start` that cover [0, length]."""
    first = start - step * int((start + step / 2) // step)
    while first <= length + step / 2:
        if first + step / 2 > 0 and first - step / 2 < length:
            yield first
        first += step
