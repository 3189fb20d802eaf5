"""Follow one target. `update` is the way of data: frame, crop, match, decode, state, box."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tracker.box import Box
from tracker.config import TrackingConfig
from tracker.crop import Crop, crop_side, crop_square
from tracker.decode import Peak, decode, hann_window
from tracker.errors import NotStartedError
from tracker.frame import Colour, Frame, checked, gain, to_rgb
from tracker.runtime import Memory, Runtime
from tracker.state import TargetState, Visibility, search_centers
from tracker.weights import Card


@dataclass(frozen=True, slots=True)
class Estimate:
    """Where the target is thought to be."""

    box: Box  # frame pixels
    score: float  # how surely it is the target, in [0, 1]
    state: Visibility  # "tracking", "uncertain" or "lost"; the box holds while lost


class SingleObjectTracker:
    """Follows one target through a video.

    Example:
        tracker = SingleObjectTracker(runtime, TrackingConfig())
        tracker.init(first_frame, box)
        for frame in frames:
            estimate = tracker.update(frame)

    One instance belongs to one thread at a time; any number of instances may share a runtime.
    """

    def __init__(
        self,
        runtime: Runtime,
        config: TrackingConfig,
        *,
        colour: Colour = "bgr",
        card: Card | None = None,
    ) -> None:
        self.card = card  # of the loaded model; None for a network that came from elsewhere
        self._runtime = runtime
        self._config = config
        self._colour: Colour = colour
        self._window = hann_window(config.search_size // 16)
        self._memory: Memory = None
        self._state: TargetState | None = None

    def init(self, frame: Frame, box: Box | Iterable[float]) -> None:
        """Remember the target that `box` marks in `frame`; forget any earlier one.

        Args:
            frame: (H, W, 3) uint8, as OpenCV gives it; also (H, W), (H, W, 1), (H, W, 4), uint16
                and float (0-1 or 0-255).
            box: x, y, w, h in pixels, 0-based. The part outside of the frame is cut off.

        Raises:
            FrameError: if `frame` is no such image.
            BoxError: if `box` is not four finite numbers, has no area, or lies outside.
        """
        frame, scale = _usable(frame)
        height, width = frame.shape[:2]
        parsed = box if isinstance(box, Box) else Box.parse(box)
        target = parsed.visible(width, height)
        c = self._config
        side = crop_side(target, c.template_context, c.crop_rule)
        crop = crop_square(frame, target.center, side, size=c.template_size)
        self._memory = self._runtime.encode(to_rgb(crop.pixels, scale, self._colour)[None])
        self._state = TargetState(target, target)

    def update(self, frame: Frame) -> Estimate:
        """Find the target in the next frame.

        Args:
            frame: as for `init`; its size and kind may change from frame to frame.

        Raises:
            NotStartedError: if `init` was not called.
            FrameError: if `frame` is no image; the state stays as it was.
        """
        state = self._state
        if state is None:
            raise NotStartedError("call init(frame, box) before update(frame)")
        frame, scale = _usable(frame)
        height, width = frame.shape[:2]
        crops = self._crops(frame, state)
        pixels = np.stack([to_rgb(crop.pixels, scale, self._colour) for crop in crops])
        maps = self._runtime.match(self._runtime.stack([self._memory] * len(crops)), pixels)
        c = self._config
        peaks = [
            decode(
                maps,
                i,
                window=self._window,
                influence=c.influence,
                penalty=c.penalty,
                last_size=(
                    state.box.w * crop.scale / c.search_size,
                    state.box.h * crop.scale / c.search_size,
                ),
            )
            for i, crop in enumerate(crops)
        ]
        best = max(range(len(peaks)), key=lambda i: peaks[i].score)
        peak = peaks[best]
        found = crops[best].to_frame(_in_crop(peak, c.search_size))
        self._state = state.seen(found, peak.score, peak.likeness, (width, height), c.state)
        return Estimate(self._state.box, peak.score, self._state.visibility(c.state))

    def _crops(self, frame: Frame, state: TargetState) -> list[Crop]:
        """Around the last box; while lost, also the next of the places around it."""
        c = self._config
        side = crop_side(state.box, c.search_context, c.crop_rule)
        views = [(state.box.center, side)]
        since = state.misses - c.state.patience
        if since >= 0:
            height, width = frame.shape[:2]
            places, wide = search_centers(state.box, side, (width, height))
            views.append((places[since % len(places)], wide))
        return [crop_square(frame, at, s, size=c.search_size) for at, s in views]


def _usable(frame: object) -> tuple[Frame, float]:
    checked_frame = checked(frame)
    if checked_frame.dtype == np.float16:  # OpenCV cannot resample it
        checked_frame = checked_frame.astype(np.float32)
    return checked_frame, gain(checked_frame)


def _in_crop(peak: Peak, size: int) -> Box:
    (cx, cy), (w, h) = peak.center, peak.size
    return Box.from_center(cx * size, cy * size, max(w * size, 1e-3), max(h * size, 1e-3))
