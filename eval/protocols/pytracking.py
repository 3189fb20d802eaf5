"""The arithmetic of visionml/pytracking's analysis, which most papers since 2019 report."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eval.errors import ResultsError
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
from eval.protocols.otb import THRESHOLDS, VALUES, curves_score
from eval.protocols.scores import SequenceScore
from eval.sequence import Sequence

Floats = NDArray[np.float64]

_WHOLE = frozenset({"lasot", "uav123", "uav20l", "uav123-10fps"})


def measure(sequence: Sequence, boxes_xywh: Floats) -> SequenceScore:
    """Score by pytracking's rules.

    A side of 0 repeats the box before; a negative side or NaN is refused. Frames without a target
    leave the denominator, except for LaSOT and UAV123, where all frames stay in it; for UAV123 they
    are hits in precision. In normalised precision they are hits everywhere but in LaSOT.
    """
    truth = sequence.official
    boxes = first_from_truth(_repaired(sequence, boxes_xywh), truth)
    lasot, whole = sequence.benchmark == "lasot", sequence.benchmark in _WHOLE
    visible = ~sequence.hidden
    valid = (truth[:, 2:] > 0).all(axis=1) & visible
    missing = -1.0 if whole and not lasot else np.inf
    near, there = pixel_centres(boxes), pixel_centres(truth)
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = distances(near / truth[:, 2:], there / truth[:, 2:])
    scaled = np.where(valid, scaled, -1.0)
    error = np.where(valid, distances(near, there), missing)
    if lasot:
        scaled, error = np.where(visible, scaled, np.inf), np.where(visible, error, np.inf)
    counts = (
        count_above(np.where(valid, pixel_overlaps(boxes, truth), -1.0), OVERLAP_THRESHOLDS),
        count_within(error, PIXEL_THRESHOLDS),
        count_within(scaled, NORM_THRESHOLDS),
    )
    frames = len(truth) if whole else int(valid.sum())
    if not frames:
        raise ResultsError(f"{sequence.name}: no frame has a target, pytracking refuses that")
    success, precision, norm_precision = (_single(count, frames) for count in counts)
    absent = len(truth) - int(valid.sum())
    return curves_score(success, precision, norm_precision, frames=frames, absent=absent)


def _repaired(sequence: Sequence, boxes_xywh: Floats) -> Floats:
    """Refuse what pytracking refuses, repeat the box before where a side is 0, fit the length."""
    if np.isnan(boxes_xywh).any() or (boxes_xywh[:, 2:] < 0).any():
        raise ResultsError(
            f"{sequence.name}: NaN or a negative side, which the pytracking protocol refuses"
        )
    if sequence.benchmark == "lasot":
        boxes_xywh = need_length(sequence, boxes_xywh, cut=True)
    boxes = boxes_xywh[: len(sequence)]
    known = ~np.isnan(sequence.official[: len(boxes)]).any(axis=1)
    boxes = hold_last(boxes, (boxes[:, 2:] == 0).any(axis=1) & known)
    return np.vstack([boxes, np.zeros((len(sequence) - len(boxes), 4))])


def _single(count: Floats, frames: int) -> Floats:
    """Divide in single precision: the toolkit keeps its curves so, and this is to be equal."""
    return (count.astype(np.float32) / np.float32(frames)).astype(np.float64)


PYTRACKING = Protocol("pytracking", "visionml/pytracking", measure, THRESHOLDS, VALUES)
