"""Follow clips with the network as it was built: what every other engine is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from apps.export_clips import Clip
from eval.metrics import OVERLAP_THRESHOLDS, count_above, overlaps
from tracker import SingleObjectTracker
from tracker.crop import Square
from tracker.loading import Model
from tracker.picture import Picture
from tracker.state import TargetState
from tracker.step import conclude, look, pixels, template

Pixels = NDArray[np.uint8]

_STRIDE = 3  # neighbouring frames are much alike


@dataclass(frozen=True, eq=False)
class Moment:
    """One frame of a clip, as the network sees it, and what it made of it."""

    template: Pixels  # (1, T, T, 3)
    searches: Pixels  # (N, S, S, 3)
    squares: list[Square]
    before: TargetState
    after: TargetState
    frame_wh: tuple[int, int]


def moments(model: Model, clips: Sequence[Clip], most: int) -> list[Moment]:
    """Follow the targets; keep at most about `most` moments, as many of each clip.

    Raises:
        TrackerError: if a clip cannot be read or followed.
    """
    each = max(most // len(clips), 1)
    return [moment for clip in clips for moment in _follow(model, clip, each * _STRIDE)[::_STRIDE]]


def _follow(model: Model, clip: Clip, most: int) -> list[Moment]:
    """Follow with the first sight alone: later looks depend on all that went before."""
    config = model.card.tracking
    picture = Picture.of(clip.frame(0), "bgr")
    box = clip.first_box.visible(*picture.wh)
    view = template(picture, box, config)
    memory = model.runtime.encode(view)
    state = TargetState(box, box)
    found = []
    for _, frame in islice(clip.frames(), most):
        picture = Picture.of(frame, "bgr")
        squares = look(picture, state, config)
        searches = pixels(picture, squares)
        maps = model.runtime.match(model.runtime.stack([memory] * len(squares)), searches)
        after = conclude(maps, squares, state, picture.wh, config)
        found.append(Moment(view, searches, squares, state, after, picture.wh))
        state = after
    return found


def success_auc(model: Model, clips: Sequence[Clip]) -> float:
    """Mean over clips of the mean success rate over 21 thresholds, each clip followed in one go.

    Raises:
        TrackerError: if a clip cannot be read or followed.
    """
    scores = []
    for clip in clips:
        tracker = SingleObjectTracker(model.runtime, model.card.tracking)
        tracker.init(clip.frame(0), clip.first_box)
        boxes = [clip.truth[0], *(tuple(tracker.update(frame).box) for _, frame in clip.frames())]
        present = np.isfinite(clip.truth).all(axis=1)
        overlap = overlaps(np.array(boxes)[present], clip.truth[present])
        scores.append(count_above(overlap, OVERLAP_THRESHOLDS).mean() / max(len(overlap), 1))
    return float(np.mean(scores))
