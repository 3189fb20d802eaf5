"""The OTB toolkit's one-pass evaluation (Wu, Lim, Yang, TPAMI 2015), and what grew from it."""

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
    hold_last,
    pixel_centres,
    pixel_overlaps,
)
from eval.protocols.base import Protocol, first_from_truth, need_length
from eval.protocols.scores import SequenceScore
from eval.sequence import Sequence

Floats = NDArray[np.float64]

THRESHOLDS = {
    "success": OVERLAP_THRESHOLDS,
    "precision": PIXEL_THRESHOLDS,
    "norm_precision": NORM_THRESHOLDS,
}
VALUES = {
    "success_auc": "success",
    "precision": "precision",
    "norm_precision": "norm_precision",
}
AT_20 = 20


def measure(sequence: Sequence, boxes_xywh: Floats) -> SequenceScore:
    """Score by OTB's rules.

    An invalid box (no number at all in it, or a side not positive) is the one before it; the first
    box is the true one. Frames whose annotation is not four positive numbers have no overlap, and
    count as hits in precision; every frame counts in the denominator.

    Raises:
        ResultsError: there are too few boxes.
    """
    truth = sequence.official
    boxes = repaired(need_length(sequence, boxes_xywh, cut=True), truth)
    absent = int(np.isnan(truth).any(axis=1).sum())
    return matlab_score(truth, boxes, positive(truth), frames=len(truth), absent=absent)


def repaired(boxes: Floats, truth: Floats) -> Floats:
    """Put the true box first, and for an invalid one the one before it; all (T, 4) xywh."""
    flat = (boxes[:, 2] <= 0) | (boxes[:, 3] <= 0)
    invalid = ((np.isnan(boxes) | flat[:, None]) & ~np.isnan(truth)).all(axis=1)
    return first_from_truth(hold_last(boxes, np.asarray(invalid)), truth)


def positive(truth: Floats) -> NDArray[np.bool_]:
    """(T,) frames that the Matlab toolkits take as annotated, whose pixels are counted from 1."""
    return np.asarray((truth > 0).all(axis=1))


def matlab_score(
    truth: Floats, boxes: Floats, annotated: NDArray[np.bool_], *, frames: int, absent: int
) -> SequenceScore:
    """Compare boxes with the truth, both (N, 4) xywh, and divide the counts by `frames`.

    Frames that are not `annotated` (N,) are missed in overlap and hit in the distances.
    """
    overlap = np.where(annotated, pixel_overlaps(boxes, truth), -1.0)
    near, there = pixel_centres(boxes), pixel_centres(truth)
    error = np.where(annotated, distances(near, there), -1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = distances(near / truth[:, 2:], there / truth[:, 2:])
    scaled = np.where(annotated, scaled, -1.0)
    return curves_score(
        count_above(overlap, OVERLAP_THRESHOLDS) / frames,
        count_within(error, PIXEL_THRESHOLDS) / frames,
        count_within(scaled, NORM_THRESHOLDS) / frames,
        frames=frames,
        absent=absent,
    )


def curves_score(
    success: Floats, precision: Floats, norm_precision: Floats, *, frames: int, absent: int
) -> SequenceScore:
    """Read the three numbers from the three curves: the mean, at 20 pixels, at 0.2."""
    return SequenceScore(
        values={
            "success_auc": float(success.mean()),
            "precision": float(precision[AT_20]),
            "norm_precision": float(norm_precision[AT_20]),
        },
        curves={"success": success, "precision": precision, "norm_precision": norm_precision},
        frames=frames,
        absent=absent,
    )


OTB = Protocol(
    "otb", "OTB toolkit (one-pass evaluation)", measure, THRESHOLDS, VALUES, drops_empty=True
)
