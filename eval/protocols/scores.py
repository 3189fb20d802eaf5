"""What scoring gives: numbers and curves per sequence, per attribute and overall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SequenceScore:
    """How one tracker did on one sequence.

    Attributes:
        values: the protocol's numbers, such as success_auc, in [0, 1].
        curves: name of a curve -> its values at the protocol's thresholds of that name.
        frames: how many frames the counts are divided by.
        absent: in how many frames the protocol takes the target as not there.
        weight: its share in the overall numbers: 1, or the frames counted, of all runs together.
    """

    values: Mapping[str, float]
    curves: Mapping[str, Floats]
    frames: int
    absent: int = 0
    weight: float = 1.0


@dataclass(frozen=True, eq=False)
class Scores:
    """How one tracker did on one benchmark, under one protocol.

    Attributes:
        protocol: name of the protocol; numbers of different protocols are never comparable.
        thresholds: name of a curve -> where it was sampled.
        overall: the protocol's numbers over all sequences, in [0, 1].
        curves: the curves over all sequences.
        sequences: name -> the score of that sequence, in the benchmark's order.
        attributes: attribute -> (the protocol's numbers over its sequences).
        dropped: sequences that are not in a mean, with the reason: they have no result, nothing to
            score, or a curve that is zero everywhere where the protocol leaves such out; the latter
            are among the sequences all the same.
    """

    protocol: str
    thresholds: Mapping[str, Floats]
    overall: Mapping[str, float]
    curves: Mapping[str, Floats]
    sequences: Mapping[str, SequenceScore]
    attributes: Mapping[str, Mapping[str, float]]
    dropped: Mapping[str, str]
