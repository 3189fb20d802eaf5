"""One target, one frame: what to look at, and what to make of the answer.

Between `look` and `conclude` stands the network; how many targets share a call of it is not decided
here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker.box import Box
from tracker.config import TrackingConfig
from tracker.crop import Crop, crop_side, crop_square
from tracker.decode import Peak, decode
from tracker.frame import Colour, Frame, checked, gain, to_rgb
from tracker.maps import HeadMaps
from tracker.memory import Remembered
from tracker.runtime import Runtime
from tracker.state import TargetState, search_centers

Pixels = NDArray[np.uint8]  # (N, S, S, 3), RGB


@dataclass(frozen=True, slots=True)
class Picture:
    """A frame that was found usable, and what brings its pixels to 0-255."""

    frame: Frame
    gain: float
    colour: Colour

    @classmethod
    def of(cls, frame: object, colour: Colour) -> Picture:
        """Check a frame; raises FrameError where it is no image."""
        usable = checked(frame)
        if usable.dtype == np.float16:  # OpenCV cannot resample it
            usable = usable.astype(np.float32)
        return cls(usable, gain(usable), colour)

    @property
    def wh(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.frame.shape[1], self.frame.shape[0]


def template(picture: Picture, box: Box, config: TrackingConfig) -> Pixels:
    """The target and its surroundings, (1, T, T, 3) RGB, as the network wants to remember it."""
    side = crop_side(box, config.template_context, config.crop_rule)
    crop = crop_square(picture.frame, box.center, side, size=config.template_size)
    return to_rgb(crop.pixels, picture.gain, picture.colour)[None]


def look(picture: Picture, state: TargetState, config: TrackingConfig) -> list[Crop]:
    """Where the target may be: around its last box; while lost, also the next place around it."""
    side = crop_side(state.box, config.search_context, config.crop_rule)
    views = [(state.box.center, side)]
    since = state.misses - config.state.patience
    if since >= 0:
        places, wide = search_centers(state.box, side, picture.wh)
        views.append((places[since % len(places)], wide))
    return [crop_square(picture.frame, at, s, size=config.search_size) for at, s in views]


def pixels(picture: Picture, crops: list[Crop]) -> Pixels:
    """The crops as the network wants them, (N, S, S, 3) RGB."""
    return np.stack([to_rgb(crop.pixels, picture.gain, picture.colour) for crop in crops])


def conclude(
    maps: HeadMaps,
    crops: list[Crop],
    state: TargetState,
    frame_wh: tuple[int, int],
    config: TrackingConfig,
    window: NDArray[np.float32],
) -> TargetState:
    """The state after the network's answer.

    Args:
        maps: for `crops`, in their order.
        crops: what `look` gave for `state`.
        state: before this frame.
        frame_wh: width and height of the frame, pixels.
        config: how the network is used.
        window: (G, G), of `tracker.decode.hann_window`.
    """
    peaks = [
        decode(
            maps,
            index,
            window=window,
            influence=config.influence,
            penalty=config.penalty,
            last_size=(
                state.box.w * crop.scale / config.search_size,
                state.box.h * crop.scale / config.search_size,
            ),
        )
        for index, crop in enumerate(crops)
    ]
    best = max(range(len(peaks)), key=lambda index: peaks[index].score)
    peak = peaks[best]
    found = crops[best].to_frame(_in_crop(peak, config.search_size))
    return state.seen(found, peak.score, peak.likeness, frame_wh, config.state)


def remember(
    remembered: Remembered,
    runtime: Runtime,
    picture: Picture,
    state: TargetState,
    config: TrackingConfig,
) -> Remembered:
    """The memory after a frame: every few frames in which the target is sure, another look at it.

    Args:
        remembered: before this frame.
        runtime: encodes the look.
        picture: this frame.
        state: after this frame.
        config: how the network is used.
    """
    wanted = config.memory
    if not wanted.every or state.misses or state.score < wanted.sure:
        return remembered
    older = remembered.older()
    if older.age < wanted.every:
        return older
    look = runtime.encode(template(picture, state.box, config))
    return older.refreshed(look, wanted)


def _in_crop(peak: Peak, size: int) -> Box:
    (cx, cy), (w, h) = peak.center, peak.size
    return Box.from_center(cx * size, cy * size, max(w * size, 1e-3), max(h * size, 1e-3))
