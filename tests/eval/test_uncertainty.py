import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from eval.errors import ProtocolError
from eval.protocols import Scores, score
from eval.protocols.average import mean_values
from eval.protocols.otb import OTB
from eval.sequence import Sequence
from eval.uncertainty import intervals, paired
from tests.eval.trees import chance, truth

COUNT = 30


def _interval(scores: Scores, value: str, *, level: float = 0.95) -> tuple[float, float]:
    """The interval of a number that has one."""
    ends = intervals(scores, level=level)[value]
    assert ends is not None
    return ends


def _scores(shift: NDArray[np.float64], protocol: str = "pysot") -> Scores:
    """Score 30 sequences of 12 frames, each shifted by so many pixels."""
    sequences = [Sequence(f"s{i}", (), truth(12, i + 1)) for i in range(COUNT)]
    results = {
        each.name: each.truth + np.array([shift[i], 0, 0, 0]) for i, each in enumerate(sequences)
    }
    return score(sequences, results, protocol)


def test_interval_holds_the_number_and_has_the_width_of_theory() -> None:
    scores = _scores(chance(5, COUNT) * 20)
    low, high = _interval(scores, "success_auc")
    assert low < scores.overall["success_auc"] < high
    numbers = [each.values["success_auc"] for each in scores.sequences.values()]
    assert high - low == pytest.approx(2 * 1.96 * np.std(numbers) / np.sqrt(COUNT), rel=0.1)
    assert intervals(scores) == intervals(scores)
    assert intervals(scores, seed=1) != intervals(scores)
    narrow = _interval(scores, "success_auc", level=0.5)
    assert low < narrow[0] < narrow[1] < high


def test_interval_of_frames_weighted_numbers_holds_them() -> None:
    scores = _scores(chance(5, COUNT) * 20, "got10k")
    low, high = _interval(scores, "ao")
    assert low < scores.overall["ao"] < high


def test_a_small_but_steady_gain_is_seen() -> None:
    base = chance(5, COUNT) * 20 + 5
    worse, better = _scores(base), _scores(base - 2)
    result = paired(better, worse, "success_auc")
    gain = better.overall["success_auc"] - worse.overall["success_auc"]
    assert result.difference == pytest.approx(gain)
    assert result.low is not None
    assert result.high is not None
    assert 0 < result.low < result.difference < result.high
    assert result.p_value < 0.01
    assert result.wins > 25
    turned = paired(worse, better, "success_auc")
    assert (turned.wins, turned.losses) == (result.losses, result.wins)
    assert turned.difference == pytest.approx(-result.difference)


def test_chance_is_not_taken_for_a_gain() -> None:
    result = paired(_scores(chance(5, COUNT) * 20), _scores(chance(6, COUNT) * 20), "success_auc")
    assert result.low is not None
    assert result.high is not None
    assert result.low < 0 < result.high
    assert result.p_value > 0.05


def _with_edges(lost: set[int]) -> Scores:
    """Score ten sequences under otb that begin at the edge; a lost one leaves the mean."""
    sequences, boxes = [], {}
    for index in range(10):
        target = truth(12, index + 1)
        target[0, 0] = 0
        sequences.append(Sequence(f"s{index}", (), target))
        shift = 5000 if index in lost else index + 2 * len(lost)
        boxes[f"s{index}"] = target + np.array([shift, 0, 0, 0])
    return score(sequences, boxes, "otb")


@pytest.mark.parametrize("value", ["success_auc", "precision"])
def test_the_difference_is_that_of_the_overall_numbers_whoever_comes_first(value: str) -> None:
    first, second = _with_edges({9}), _with_edges({0, 1})
    there, back = paired(first, second, value), paired(second, first, value)
    assert there.difference == pytest.approx(first.overall[value] - second.overall[value])
    assert back.difference == -there.difference
    assert there.low is not None
    assert there.high is not None
    assert there.low < there.difference < there.high
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))
    assert (back.p_value, back.wins, back.losses) == (there.p_value, there.losses, there.wins)


def test_the_p_value_is_the_share_of_all_exchanges_that_differ_as_much() -> None:
    first, second = _with_edges({9}), _with_edges({0, 1})
    pairs = list(zip(first.sequences.values(), second.sequences.values(), strict=True))
    gaps = []
    for exchanged in itertools.product([False, True], repeat=len(pairs)):
        sides = [pair[::-1] if swap else pair for pair, swap in zip(pairs, exchanged, strict=True)]
        means = [mean_values(side, OTB)["success_auc"] for side in zip(*sides, strict=True)]
        gaps.append(abs(means[0] - means[1]))
    share = np.mean(np.array(gaps) >= gaps[0] - 1e-12)
    found = paired(first, second, "success_auc", resamples=20_000)
    assert found.p_value == pytest.approx(share, abs=0.015)


def test_a_single_sequence_has_no_interval() -> None:
    sequence = Sequence("a", (), truth(12))
    one, other = (
        score([sequence], {"a": truth(12) + np.array([shift, 0, 0, 0])}, "otb") for shift in (0, 9)
    )
    assert intervals(one) == {"success_auc": None, "precision": None, "norm_precision": None}
    result = paired(one, other, "success_auc")
    assert (result.low, result.high, result.p_value) == (None, None, 1)
    assert result.difference > 0
    most = _with_edges(set(range(1, 10)))  # of ten sequences one is left in this mean
    assert intervals(most)["success_auc"] is None
    assert intervals(most)["precision"] is not None


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
