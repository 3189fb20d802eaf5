import numpy as np
import pytest
from numpy.typing import NDArray

from eval.errors import ProtocolError
from eval.protocols import Scores, score
from eval.sequence import Sequence
from eval.uncertainty import intervals, paired
from tests.eval.trees import chance, truth

COUNT = 30


def _scores(shift: NDArray[np.float64], protocol: str = "pysot") -> Scores:
    """Score 30 sequences of 12 frames, each shifted by so many pixels."""
    sequences = [Sequence(f"s{i}", (), truth(12, i + 1)) for i in range(COUNT)]
    results = {
        each.name: each.truth + np.array([shift[i], 0, 0, 0]) for i, each in enumerate(sequences)
    }
    return score(sequences, results, protocol)


def test_interval_holds_the_number_and_has_the_width_of_theory() -> None:
    scores = _scores(chance(5, COUNT) * 20)
    low, high = intervals(scores)["success_auc"]
    assert low < scores.overall["success_auc"] < high
    numbers = [each.values["success_auc"] for each in scores.sequences.values()]
    assert high - low == pytest.approx(2 * 1.96 * np.std(numbers) / np.sqrt(COUNT), rel=0.1)
    assert intervals(scores) == intervals(scores)
    assert intervals(scores, seed=1) != intervals(scores)
    narrow = intervals(scores, level=0.5)["success_auc"]
    assert low < narrow[0] < narrow[1] < high


def test_interval_of_frames_weighted_numbers_holds_them() -> None:
    scores = _scores(chance(5, COUNT) * 20, "got10k")
    low, high = intervals(scores)["ao"]
    assert low < scores.overall["ao"] < high


def test_a_small_but_steady_gain_is_seen() -> None:
    base = chance(5, COUNT) * 20 + 5
    worse, better = _scores(base), _scores(base - 2)
    result = paired(better, worse, "success_auc")
    gain = better.overall["success_auc"] - worse.overall["success_auc"]
    assert result.difference == pytest.approx(gain)
    assert 0 < result.low < result.difference < result.high
    assert result.p_value < 0.01
    assert result.wins > 25
    turned = paired(worse, better, "success_auc")
    assert (turned.wins, turned.losses) == (result.losses, result.wins)
    assert turned.difference == pytest.approx(-result.difference)


def test_chance_is_not_taken_for_a_gain() -> None:
    result = paired(_scores(chance(5, COUNT) * 20), _scores(chance(6, COUNT) * 20), "success_auc")
    assert result.low < 0 < result.high
    assert result.p_value > 0.05


def test_the_same_tracker_twice() -> None:
    scores = _scores(chance(5, COUNT))
    result = paired(scores, scores, "precision")
    assert (result.difference, result.p_value, result.wins, result.losses) == (0, 1, 0, 0)


def test_only_the_like_is_compared() -> None:
    scores = _scores(chance(5, COUNT))
    with pytest.raises(ProtocolError, match="same sequences under one protocol"):
        paired(scores, _scores(chance(5, COUNT), "otb"), "success_auc")
    with pytest.raises(ProtocolError, match=r"pysot has no 'ao', but success_auc"):
        paired(scores, scores, "ao")
