"""What a protocol is: how one sequence is measured, and how sequences are averaged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.errors import ResultsError
from eval.protocols.scores import SequenceScore
from eval.sequence import Sequence

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Protocol:
    """One toolkit's way to turn boxes into numbers.

    Attributes:
        name: by which it is asked for and reported.
        title: whose arithmetic it is.
        measure: (sequence, boxes (T, 4) xywh in the official coordinates) -> score.
        thresholds: curve -> where it is sampled.
        values: number -> the curve it is read from.
        drops_empty: leave sequences out of a mean where their curve is zero everywhere.
        pools_frames: weigh every counted frame of every run alike, not every sequence.
        unfit: (sequence) -> why its annotation cannot be scored, whatever the boxes; "" if it can.
        drops_unfit: leave such sequences out instead of refusing them.
    """

    name: str
    title: str
    measure: Callable[[Sequence, Floats], SequenceScore]
    thresholds: Mapping[str, Floats]
    values: Mapping[str, str]
    drops_empty: bool = False
    pools_frames: bool = False
    unfit: Callable[[Sequence], str] = lambda _: ""
    drops_unfit: bool = False

    def check(self, sequence: Sequence) -> str:
        """Say why a sequence is left out, whatever the boxes; "" if it is scored.

        Raises:
            ResultsError: its annotation is refused.
        """
        reason = self.unfit(sequence)
        if reason and not self.drops_unfit:
            raise ResultsError(f"{sequence.name}: {reason}")
        return reason


def need_length(sequence: Sequence, boxes_xywh: Floats, *, cut: bool = False) -> Floats:
    """Check that there is a box for every annotated frame, and cut those beyond if that is allowed.

    Raises:
        ResultsError: there are too few boxes, or too many of them.
    """
    if len(boxes_xywh) < len(sequence) or (len(boxes_xywh) > len(sequence) and not cut):
        raise ResultsError(
            f"{sequence.name}: {len(boxes_xywh)} boxes for {len(sequence)} annotated frames"
        )
    return boxes_xywh[: len(sequence)]


def first_from_truth(boxes_xywh: Floats, truth_xywh: Floats) -> Floats:
    """Copy the boxes with the first one replaced by the truth: the tracker was given that."""
    return np.concatenate([truth_xywh[:1], boxes_xywh[1:]])
