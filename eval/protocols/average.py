"""Means over sequences, by the rule of the protocol."""

from __future__ import annotations

from collections.abc import Sequence as Listed

import numpy as np
from numpy.typing import NDArray

from eval.protocols.base import Protocol
from eval.protocols.scores import SequenceScore

Floats = NDArray[np.float64]

_EPS = np.finfo(np.float64).eps


def weights_of(scores: Listed[SequenceScore], protocol: Protocol, curve: str) -> Floats:
    """Share of each sequence (N,) in the mean of a curve, and of the numbers read from it."""
    weights = np.array([score.weight for score in scores])
    if protocol.drops_empty:
        weights *= [float(score.curves[curve].sum() > _EPS) for score in scores]
    return weights


def mean_values(scores: Listed[SequenceScore], protocol: Protocol) -> dict[str, float]:
    """Average the protocol's numbers over sequences; 0 where the protocol leaves none."""
    return {
        value: float(
            _mean(
                np.array([score.values[value] for score in scores]),
                weights_of(scores, protocol, curve),
            )
        )
        for value, curve in protocol.values.items()
    }


def mean_curves(scores: Listed[SequenceScore], protocol: Protocol) -> dict[str, Floats]:
    """Average the protocol's curves over sequences; 0 where the protocol leaves none."""
    return {
        curve: np.asarray(
            _mean(
                np.array([score.curves[curve] for score in scores]),
                weights_of(scores, protocol, curve),
            )
        )
        for curve in protocol.thresholds
    }


def _mean(rows: Floats, weights: Floats) -> Floats:
    total = weights.sum()
    return np.asarray(weights @ rows / total if total > 0 else 0 * rows[0])
