"""Means over sequences, by the rule of the protocol."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence as Listed

import numpy as np
from numpy.typing import NDArray

from eval.protocols.base import Protocol
from eval.protocols.scores import SequenceScore

Floats = NDArray[np.float64]

_EPS = np.finfo(np.float64).eps


def weights_of(scores: Listed[SequenceScore], protocol: Protocol, curve: str) -> Floats:
    """Share of each sequence (N,) in the mean of a curve, and of the numbers read from it."""
    return np.array([0.0 if _is_dropped(each, protocol, curve) else each.weight for each in scores])


def left_out(scores: Mapping[str, SequenceScore], protocol: Protocol) -> dict[str, str]:
    """Name the sequences that are not in the means of all curves, with the reason."""
    empty = {
        name: [curve for curve in score.curves if _is_dropped(score, protocol, curve)]
        for name, score in scores.items()
    }
    return {
        name: f"zero everywhere in {' and '.join(curves)}, which {protocol.name} leaves out"
        for name, curves in empty.items()
        if curves
    }


def _is_dropped(score: SequenceScore, protocol: Protocol, curve: str) -> bool:
    """Tell whether a curve is zero everywhere, where the protocol heeds that."""
    return protocol.drops_empty and bool(score.curves[curve].sum() <= _EPS)


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
