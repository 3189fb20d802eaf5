"""The pysot toolkit's one-pass evaluation (github.com/STVIR/pysot)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eval.metrics import (
    NORM_THRESHOLDS,
    OVERLAP_THRESHOLDS,
    PIXEL_THRESHOLDS,
    count_above,
    count_within,
    distances,
    overlaps,
    pixel_centres,
)
from eval.protocols.base import Protocol, need_length
from eval.protocols.otb import THRESHOLDS, VALUES, curves_score
from eval.protocols.scores import SequenceScore
from eval.sequence import Sequence

Floats = NDArray[np.float64]

_TINY = 1e-16


def measure(sequence: Sequence, boxes_xywh: Floats) -> SequenceScore:
    """Score by pysot's rules.

    Nothing is repaired and the first box counts as it stands. Boxes are continuous in the overlap
    and pixel boxes in the distance. Frames without a target (LaSOT's flags only) leave the counts,
    not the denominator; a true centre that is not positive is a hit in precision.

    Raises:
        ResultsError: there are too few boxes, or too many without LaSOT's flags.
    """
    flagged = sequence.full_occlusion is not None or sequence.out_of_view is not None
    boxes = need_length(sequence, boxes_xywh, cut=flagged)
    here = ~sequence.hidden
    truth, boxes = sequence.official[here], boxes[here]
    sides = truth[:, 2:]
    overlap = np.clip(overlaps(boxes, truth), 0, 1)
    overlap = np.where((sides > 0).all(axis=1), overlap, -1.0)
    near, there = pixel_centres(boxes), pixel_centres(truth)
    error = _distance(near, there)
    scaled = _distance(near / (sides + _TINY), there / (sides + _TINY))
    frames = len(sequence)
    return curves_score(
        count_above(overlap, OVERLAP_THRESHOLDS) / frames,
        count_within(error, PIXEL_THRESHOLDS) / frames,
        count_within(scaled, NORM_THRESHOLDS) / frames,
        frames=frames,
        absent=int((~here).sum()),
    )


def _distance(near: Floats, there: Floats) -> Floats:
    """Distance to the true centre; -1, which is within every threshold, if that is not positive."""
    return np.where((there > 0).all(axis=1), distances(near, there), -1.0)


PYSOT = Protocol("pysot", "pysot toolkit", measure, THRESHOLDS, VALUES)
