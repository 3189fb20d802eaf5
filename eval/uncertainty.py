"""How far a number is to be trusted: intervals over sequences, and a test between two trackers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.errors import ProtocolError
from eval.protocols import Scores, lookup
from eval.protocols.average import weights_of

Floats = NDArray[np.float64]
Interval = tuple[float, float]

RESAMPLES = 2000


@dataclass(frozen=True)
class Paired:
    """How one tracker differs from another on the same sequences.

    Attributes:
        difference: overall number of the first less that of the second.
        low: lower end of its 95 % interval, from resampled sequences; None for a single one.
        high: upper end of it.
        p_value: chance of a difference at least as large, either way, if it made no difference
            which of the two a sequence's number came from.
        wins: sequences on which the first is better.
        losses: sequences on which the second is better.
    """

    difference: float
    low: float | None
    high: float | None
    p_value: float
    wins: int
    losses: int


def intervals(
    scores: Scores, *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, Interval | None]:
    """Find bootstrap percentile intervals of the overall numbers (Efron, 1979).

    Sequences are drawn with replacement; frames of a sequence are too alike to be drawn one by one.
    A number that rests on a single sequence has no interval.
    """
    every = list(scores.sequences.values())
    protocol = lookup(scores.protocol)
    draws = _draws(len(every), resamples, seed)
    found: dict[str, Interval | None] = {}
    for value, curve in protocol.values.items():
        numbers = np.array([score.values[value] for score in every])
        weights = weights_of(every, protocol, curve)
        several = np.count_nonzero(weights) > 1
        found[value] = _ends(_means(draws, numbers, weights), level) if several else None
    return found


def paired(
    first: Scores, second: Scores, value: str, *, resamples: int = RESAMPLES, seed: int = 0
) -> Paired:
    """Compare two trackers by one number, sequence by sequence.

    Each has its own mean, as in its overall number: a protocol may leave a sequence out of one and
    not of the other. The interval is a bootstrap over sequences, drawn for both alike. The p value
    is that of a permutation test in which the two change places on sequences at random, with
    (hits + 1) / (resamples + 1).

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
    numbers = np.array([score.values[value] for score in [*ours, *theirs]])
    shares = [weights_of(each, protocol, protocol.values[value]) for each in (ours, theirs)]
    weights, count = np.concatenate(shares), len(ours)
    whole, draws = np.ones((1, count)), _draws(count, resamples, seed)
    (difference,) = _gaps(whole, 0 * whole, numbers, weights).tolist()
    several = np.count_nonzero(shares[0] + shares[1]) > 1
    low, high = _ends(_gaps(draws, 0 * draws, numbers, weights)) if several else (None, None)
    stay = np.random.default_rng(seed).integers(0, 2, (resamples, count)).astype(np.float64)
    chance = np.abs(_gaps(stay, 1 - stay, numbers, weights))
    hits = int((chance >= abs(difference) - 1e-12).sum())
    return Paired(
        difference=difference,
        low=low,
        high=high,
        p_value=(hits + 1) / (resamples + 1),
        wins=int((numbers[:count] > numbers[count:]).sum()),
        losses=int((numbers[:count] < numbers[count:]).sum()),
    )


def _draws(count: int, resamples: int, seed: int) -> Floats:
    """How often each of `count` sequences is drawn, (resamples, count)."""
    chances = np.full(count, 1 / count)
    return np.random.default_rng(seed).multinomial(count, chances, resamples).astype(np.float64)


def _means(draws: Floats, numbers: Floats, weights: Floats) -> Floats:
    """Weighted means (R,) of numbers (N,) under each of the draws (R, N)."""
    total = draws @ weights
    return np.asarray((draws @ (weights * numbers)) / np.where(total > 0, total, 1))


def _gaps(own: Floats, other: Floats, numbers: Floats, weights: Floats) -> Floats:
    """Mean of the first tracker less that of the second (R,).

    In each of R cases, a tracker's mean takes its own sequences `own` times and the other's `other`
    times, both (R, N). Numbers and weights (2 N,) are those of the first, then of the second.
    """
    first = _means(np.hstack([own, other]), numbers, weights)
    return first - _means(np.hstack([other, own]), numbers, weights)


def _ends(means: Floats, level: float = 0.95) -> Interval:
    """Ends of the interval that holds the middle of the means."""
    low, high = np.quantile(means, ((1 - level) / 2, (1 + level) / 2)).tolist()
    return low, high
