"""How loosely a target was marked: its box beside those that the network draws around it."""

from __future__ import annotations

import math

import numpy as np

from tracker.box import Box, iou
from tracker.config import TrackingConfig
from tracker.crop import Square, crop_side
from tracker.decode import decode
from tracker.runtime import Memory, Runtime, View

_SCALES = (1.0, 0.85, 1.18)  # of the search crops that are looked at
_OVERLAP = 0.3  # with the mark, from which on it is the same thing that the network has drawn
_MOST = 0.5  # of the logarithm of what a side is multiplied by

Fit = tuple[float, float]  # what the width and the height that the network draws are multiplied by


def fit(runtime: Runtime, memory: Memory, picture: View, box: Box, config: TrackingConfig) -> Fit:
    """How much wider and higher than the network draws them a target's boxes are to be.

    One marks a walker with the arms, another without; a network has one habit. So it is asked for
    boxes of the target in the very picture that it was marked in. The boxes that are reported go
    `config.fit` of the way from habit to mark, on a logarithmic scale; those that the target is
    looked for by stay the network's own. A side that ends at the frame's edge tells nothing.

    Args:
        runtime: looks.
        memory: of the target.
        picture: that it was marked in.
        box: the mark, frame pixels, within the frame.
        config: how the network is used.

    Returns:
        two factors between 0.6 and 1.7; both 1 if the network finds the target in none of its
        looks, or `config.fit` is 0.

    Raises:
        EngineError: if the engine fails.
    """
    if not config.fit:
        return 1.0, 1.0
    size = config.near.size or config.search_size
    usual = crop_side(box, config.search_context, config.crop_rule) * size / config.search_size
    ratios = []
    for scale in _SCALES:  # one by one, which is what engines are quick at from the start
        square = Square.around(box.center, usual * scale, size)
        (peak,) = decode(
            runtime.match(memory, picture.cut([square])),
            influence=config.influence,
            penalty=config.penalty,
            last_sizes=[(box.w / square.side, box.h / square.side)],
        )
        if peak.is_finite:
            drawn = square.placed(peak.center, peak.size)
            if iou(drawn, box) >= _OVERLAP:
                ratios.append((math.log(box.w / drawn.w), math.log(box.h / drawn.h)))
    if not ratios:
        return 1.0, 1.0
    width, height = picture.wh
    whole = (box.x > 0 and box.x + box.w < width, box.y > 0 and box.y + box.h < height)
    share = np.clip(config.fit * np.mean(ratios, axis=0), -_MOST, _MOST) * whole
    w, h = np.exp(share).tolist()
    return w, h
