"""The LaSOT toolkit's one-pass evaluation (Fan et al., CVPR 2019)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eval.metrics import hold_last
from eval.protocols.base import Protocol, first_from_truth, need_length
from eval.protocols.otb import THRESHOLDS, VALUES, matlab_score, positive
from eval.protocols.scores import SequenceScore
from eval.sequence import Sequence

Floats = NDArray[np.float64]


def measure(sequence: Sequence, boxes_xywh: Floats) -> SequenceScore:
    """Score by LaSOT's rules.

    OTB's arithmetic, but a box is invalid as soon as one of its numbers is, and frames where the
    target is fully occluded or out of view are removed from the counts, not from the denominator:
    a perfect tracker does not reach 1 where the target was away.

    Raises:
        ResultsError: there are too few boxes.
    """
    truth = sequence.official
    boxes = need_length(sequence, boxes_xywh, cut=True)
    known = ~np.isnan(truth).any(axis=1)
    broken = np.isnan(boxes).any(axis=1) | (boxes[:, 2] <= 0) | (boxes[:, 3] <= 0)
    boxes = first_from_truth(hold_last(boxes, broken & known), truth)
    here = ~sequence.away
    return matlab_score(
        truth[here],
        boxes[here],
        positive(truth[here]),
        frames=len(truth),
        absent=int((~here).sum()),
    )


LASOT = Protocol("lasot", "LaSOT evaluation toolkit", measure, THRESHOLDS, VALUES, drops_empty=True)
