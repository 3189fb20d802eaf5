"""How far a number is to be trusted: intervals over sequences, and a test between two trackers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.errors import ProtocolError
from eval.protocols import Scores, lookup
from eval.protocols.average import weights_of

Floats = NDArray[np.float64]

RESAMPLES = 2000


@dataclass(frozen=True)
class Paired:
    """How one tracker differs from another on the same sequences.

    Attributes:
        difference: overall number of the first less that of the second.
        low: lower end of its 95 % interval, from resampled sequences.
        high: upper end of it.
        p_value: chance of a difference at least as large, either way, if it made no difference
            which of the two a sequence's number came from.
        wins: sequences on which the first is better.
        losses: sequences on which the second is better.
    """

    difference: float
    low: float
    high: float
    p_value: float
    wins: int
    losses: int


def intervals(
    scores: Scores, *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """Find bootstrap percentile intervals of the overall numbers (Efron, 1979).

    Sequences are drawn with replacement; frames of a sequence are too alike to be drawn one by one.
    """
    every = list(scores.sequences.values())
    protocol = lookup(scores.protocol)
    draws = _draws(len(every), resamples, seed)
    ends = ((1 - level) / 2, (1 + level) / 2)
    found = {}
    for value, curve in protocol.values.items():
        numbers = np.array([score.values[value] for score in every])
        means = _means(numbers, weights_of(every, protocol, curve), draws)
        low, high = np.quantile(means, ends).tolist()
        found[value] = (low, high)
    return found


def paired(
    first: Scores, second: Scores, value: str, *, resamples: int = RESAMPLES, seed: int = 0
) -> Paired:
    """Compare two trackers by one number, sequence by sequence.

    The interval is a bootstrap over sequences, the p value that of a sign-flip permutation test
    with (hits + 1) / (resamples + 1).

    Raises:
        ProtocolError: they were not scored by the same protocol on the same sequences, or the
            protocol has no such number.
    """
    if first.protocol != second.protocol or list(first.sequences) != list(second.sequences):
        raise ProtocolError("two trackers compare only on the same sequences under one protocol")
    protocol = lookup(first.protocol)
    if value not in protocol.values:
        raise ProtocolError(f"{first.protocol} has no {value!r}, but {', '.join(protocol.values)}")
    ours, theirs = list(first.sequences.values()), list(second.sequences.values())
    gaps = np.array([a.values[value] - b.values[value] for a, b in zip(ours, theirs, strict=True)])
    weights = weights_of(ours, protocol, protocol.values[value])
    means = _means(gaps, weights, _draws(len(gaps), resamples, seed))
    low, high = np.quantile(means, (0.025, 0.975)).tolist()
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(resamples, len(gaps)))
    chance = np.abs(signs @ (weights * gaps))
    hits = int((chance >= abs(weights @ gaps) - 1e-12).sum())
    return Paired(
        difference=float(weights @ gaps / max(weights.sum(), 1e-300)),
        low=low,
        high=high,
        p_value=(hits + 1) / (resamples + 1),
        wins=int((gaps > 0).sum()),
        losses=int((gaps < 0).sum()),
    )


def _draws(count: int, resamples: int, seed: int) -> Floats:
    """How often each of `count` sequences is drawn, (resamples, count)."""
    chances = np.full(count, 1 / count)
    return np.random.default_rng(seed).multinomial(count, chances, resamples).astype(np.float64)


def _means(numbers: Floats, weights: Floats, draws: Floats) -> Floats:
    """Weighted means (R,) of numbers (N,) under each of the draws (R, N)."""
    total = draws @ weights
    return np.asarray((draws @ (weights * numbers)) / np.where(total > 0, total, 1))
