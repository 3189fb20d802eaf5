"""OTB's arithmetic over the frames in which a target is annotated: for clips of one's own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eval.protocols.base import Protocol, need_length
from eval.protocols.otb import THRESHOLDS, VALUES, matlab_score, repaired
from eval.protocols.scores import SequenceScore
from eval.sequence import Sequence

Floats = NDArray[np.float64]


def measure(sequence: Sequence, boxes_xywh: Floats) -> SequenceScore:
    """Score by OTB's rules, but only frames in which a target is annotated, wherever it is.

    Raises:
        ResultsError: there are too few boxes.
    """
    here = _annotated(sequence)
    truth = sequence.official
    boxes = repaired(need_length(sequence, boxes_xywh, cut=True), truth)
    frames = int(here.sum())
    annotated = np.ones(frames, dtype=np.bool_)
    return matlab_score(
        truth[here], boxes[here], annotated, frames=frames, absent=len(truth) - frames
    )


def unfit(sequence: Sequence) -> str:
    """Say so of a sequence in which only the first frame, which is given, has a target."""
    return "" if _annotated(sequence)[1:].any() else "no frame after the first has a target"


def _annotated(sequence: Sequence) -> NDArray[np.bool_]:
    """(T,) frames with a target: numbers, and positive sides."""
    target = sequence.truth
    return np.asarray(np.isfinite(target).all(axis=1) & (target[:, 2:] > 0).all(axis=1))


PLAIN = Protocol(
    "plain",
    "OTB's arithmetic on annotated frames",
    measure,
    THRESHOLDS,
    VALUES,
    unfit=unfit,
    drops_unfit=True,
)
