"""The GOT-10k toolkit's average overlap and success rates (Huang et al., TPAMI 2019)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eval.errors import ResultsError
from eval.metrics import count_above
from eval.protocols.base import Protocol, need_length
from eval.protocols.scores import SequenceScore
from eval.sequence import Sequence

Floats = NDArray[np.float64]

THRESHOLDS = {"success": np.linspace(0, 1, 101)}
_EPS = np.finfo(np.float64).eps


def measure(sequence: Sequence, boxes_xywh: Floats) -> SequenceScore:
    """Score by GOT-10k's rules.

    The first frame is left out, and so is every frame whose cover label is 0. Both boxes are
    clipped to the picture.

    Raises:
        ResultsError: a counted box has NaN, or the number of boxes is wrong.
    """
    truth = sequence.official[1:]
    boxes = need_length(sequence, boxes_xywh)[1:]
    if sequence.image_size is not None:
        truth, boxes = _clipped(truth, sequence.image_size), _clipped(boxes, sequence.image_size)
    overlap = _overlap(boxes, truth)[_counted(sequence)]
    if np.isnan(overlap).any():
        raise ResultsError(f"{sequence.name}: NaN, for which the got10k protocol has no rule")
    success = count_above(overlap, THRESHOLDS["success"]) / max(overlap.size, 1)
    return SequenceScore(
        values={
            "ao": float(overlap.mean()) if overlap.size else 0.0,
            "sr50": float((overlap > 0.5).sum() / max(overlap.size, 1)),
            "sr75": float((overlap > 0.75).sum() / max(overlap.size, 1)),
        },
        curves={"success": success},
        frames=overlap.size,
        absent=len(truth) - overlap.size,
    )


def _counted(sequence: Sequence) -> NDArray[np.bool_]:
    """(T - 1,) frames after the first in which something of the target is seen."""
    if sequence.cover is not None:
        return np.asarray(sequence.cover[1:] > 0)
    return np.asarray(~np.isnan(sequence.official[1:]).any(axis=1) & ~sequence.away[1:])


def _clipped(boxes_xywh: Floats, size: tuple[int, int]) -> Floats:
    """Clip the corner to the picture, then the sides: what is cut on the left is not subtracted."""
    corner = np.clip(boxes_xywh[:, :2], 0, size)
    return np.hstack([corner, np.clip(boxes_xywh[:, 2:], 0, np.array(size) - corner)])


def _overlap(boxes: Floats, truth: Floats) -> Floats:
    near = np.maximum(boxes[:, :2], truth[:, :2])
    far = np.minimum(boxes[:, :2] + boxes[:, 2:], truth[:, :2] + truth[:, 2:])
    shared = np.maximum(far - near, 0).prod(axis=1)
    union = boxes[:, 2:].prod(axis=1) + truth[:, 2:].prod(axis=1) - shared
    return np.asarray(np.clip(shared / (union + _EPS), 0.0, 1.0))


GOT10K = Protocol(
    "got10k",
    "GOT-10k toolkit",
    measure,
    THRESHOLDS,
    {"ao": "success", "sr50": "success", "sr75": "success"},
    pools_frames=True,
)
