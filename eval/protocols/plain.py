"""OTB's arithmetic over the frames in which a target is annotated: for clips of one's own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eval.errors import ResultsError
from eval.protocols.base import Protocol, need_length
from eval.protocols.otb import THRESHOLDS, VALUES, matlab_score, repaired
from eval.protocols.scores import SequenceScore
from eval.sequence import Sequence

Floats = NDArray[np.float64]


def measure(sequence: Sequence, boxes_xywh: Floats) -> SequenceScore:
    """Score by OTB's rules, but only frames in which a target is annotated, wherever it is.

    Raises:
        ResultsError: no frame after the first, which is given, has a target.
    """
    target = sequence.truth
    here = np.asarray(np.isfinite(target).all(axis=1) & (target[:, 2:] > 0).all(axis=1))
    if not here[1:].any():
        raise ResultsError(
            f"{sequence.name}: no frame after the first has a target, so there is nothing to score"
        )
    truth = sequence.official
    boxes = repaired(need_length(sequence, boxes_xywh, cut=True), truth)
    frames = int(here.sum())
    annotated = np.ones(frames, dtype=np.bool_)
    return matlab_score(
        truth[here], boxes[here], annotated, frames=frames, absent=len(truth) - frames
    )


PLAIN = Protocol("plain", "OTB's arithmetic on annotated frames", measure, THRESHOLDS, VALUES)
