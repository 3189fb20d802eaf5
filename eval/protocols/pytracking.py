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

_UAV123 = frozenset({"uav123", "uav20l", "uav123-10fps"})


def measure(sequence: Sequence, boxes_xywh: Floats) -> SequenceScore:
    """Score by pytracking's rules: its default as of commit b6d984d.

    A side of 0 repeats the box before; a negative side or NaN is refused, in annotations too but
    for UAV123's. Every frame counts in the denominator. Those without a target are missed in
    overlap and distance, and hit in normalised distance; in UAV123 they are hit in distance, too,
    and LaSOT's flagged ones are missed everywhere.

    Raises:
        ResultsError: a box is refused, or there are too few on LaSOT.
    """
    return _scored(sequence, boxes_xywh, np.ones(len(sequence), dtype=np.bool_))


def measure_old(sequence: Sequence, boxes_xywh: Floats) -> SequenceScore:
    """Score by the rules of commit 07a34e8, where frames without a target leave the denominator.

    But for LaSOT and UAV123, where all frames stay. That commit goes on counting what it left out
    as hit in normalised distance, and so reached numbers above 1: here those frames are left out.

    Raises:
        ResultsError: a box is refused, or there are too few on LaSOT.
    """
    whole = sequence.benchmark == "lasot" or sequence.benchmark in _UAV123
    return _scored(sequence, boxes_xywh, _valid(sequence) | whole)


def unfit(sequence: Sequence) -> str:
    """Say what of an annotation pytracking refuses, or that there is no target in it."""
    if np.isnan(sequence.official).any() and sequence.benchmark not in _UAV123:
        return (
            "NaN in the annotation, which the pytracking protocol refuses; "
            "the protocol plain leaves such frames out"
        )
    return "" if _valid(sequence).any() else "no frame has a target, so there is nothing to score"


def _scored(sequence: Sequence, boxes_xywh: Floats, kept: NDArray[np.bool_]) -> SequenceScore:
    """Count over the frames that are kept (T,)."""
    truth = sequence.official
    if np.isnan(boxes_xywh).any() or (boxes_xywh[:, 2:] < 0).any():
        raise ResultsError(
            f"{sequence.name}: NaN or a negative side, which the pytracking protocol refuses"
        )
    boxes = first_from_truth(_repaired(sequence, boxes_xywh), truth)
    valid, visible = _valid(sequence), ~sequence.hidden
    near, there = pixel_centres(boxes), pixel_centres(truth)
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = distances(near / truth[:, 2:], there / truth[:, 2:])
    scaled = np.where(valid, scaled, -1.0)
    missing = -1.0 if sequence.benchmark in _UAV123 else np.inf
    error = np.where(valid, distances(near, there), missing)
    if sequence.benchmark == "lasot":
        scaled = np.where(visible, scaled, np.inf)
    overlap = np.where(valid, pixel_overlaps(boxes, truth), -1.0)
    frames = int(kept.sum())
    return curves_score(
        _single(count_above(overlap[kept], OVERLAP_THRESHOLDS), frames),
        _single(count_within(error[kept], PIXEL_THRESHOLDS), frames),
        _single(count_within(scaled[kept], NORM_THRESHOLDS), frames),
        frames=frames,
        absent=len(truth) - int(valid.sum()),
    )


def _valid(sequence: Sequence) -> NDArray[np.bool_]:
    """(T,) frames with a target: its sides are positive, and LaSOT's flags say that it is seen."""
    return np.asarray((sequence.official[:, 2:] > 0).all(axis=1) & ~sequence.hidden)


def _repaired(sequence: Sequence, boxes_xywh: Floats) -> Floats:
    """Repeat the box before where a side is 0, and fit the length."""
    if sequence.benchmark == "lasot":
        boxes_xywh = need_length(sequence, boxes_xywh, cut=True)
    boxes = boxes_xywh[: len(sequence)]
    known = ~np.isnan(sequence.official[: len(boxes)]).any(axis=1)
    boxes = hold_last(boxes, (boxes[:, 2:] == 0).any(axis=1) & known)
    return np.vstack([boxes, np.zeros((len(sequence) - len(boxes), 4))])


def _single(count: Floats, frames: int) -> Floats:
    """Divide in single precision: the toolkit keeps its curves so, and this is to be equal."""
    return (count.astype(np.float32) / np.float32(frames)).astype(np.float64)


PYTRACKING = Protocol("pytracking", "visionml/pytracking", measure, THRESHOLDS, VALUES, unfit=unfit)
PYTRACKING_OLD = Protocol(
    "pytracking-old",
    "visionml/pytracking, an older version",
    measure_old,
    THRESHOLDS,
    VALUES,
    unfit=unfit,
)
