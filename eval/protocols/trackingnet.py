"""TrackingNet's evaluation, as its development kit publishes it (Mueller et al., ECCV 2018)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eval.metrics import count_above, count_within, distances, pixel_overlaps
from eval.protocols.base import Protocol, first_from_truth
from eval.protocols.otb import VALUES
from eval.protocols.scores import SequenceScore
from eval.sequence import Sequence

Floats = NDArray[np.float64]

THRESHOLDS = {
    "success": np.linspace(0, 1, 21),
    "precision": np.linspace(0, 50, 21),
    "norm_precision": np.linspace(0, 0.5, 21),
}


def measure(sequence: Sequence, boxes_xywh: Floats) -> SequenceScore:
    """Score by the server's rules.

    All boxes are rounded to whole pixels; missing boxes are misses and boxes beyond the annotation
    are ignored. Every number is the area under its curve, by trapezoids: precision from 0 to 50
    pixels, normalised precision from 0 to 0.5.
    """
    truth = np.round(sequence.official)
    boxes = np.full(truth.shape, np.nan)
    boxes[: len(boxes_xywh)] = np.round(boxes_xywh[: len(truth)])
    boxes = first_from_truth(boxes, truth)
    step = (truth[:, :2] + (truth[:, 2:] + 1) / 2) - (boxes[:, :2] + (boxes[:, 2:] + 1) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = step / truth[:, 2:] * step / truth[:, 2:]
    counts = {
        "success": count_above(pixel_overlaps(boxes, truth), THRESHOLDS["success"]),
        "precision": count_within(distances(step, 0 * step), THRESHOLDS["precision"]),
        "norm_precision": count_within(np.sqrt(scaled.sum(axis=1)), THRESHOLDS["norm_precision"]),
    }
    curves = {name: count / len(truth) for name, count in counts.items()}
    values = {value: _area(curves[curve]) for value, curve in VALUES.items()}
    absent = int(np.isnan(truth).any(axis=1).sum())
    return SequenceScore(values, curves, len(truth), absent)


def _area(curve: Floats) -> float:
    """Area by trapezoids over thresholds that are taken to run from 0 to 1."""
    return float(((curve[1:] + curve[:-1]) / 2 * np.diff(THRESHOLDS["success"])).sum())


TRACKINGNET = Protocol("trackingnet", "TrackingNet development kit", measure, THRESHOLDS, VALUES)
