from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from eval.errors import ResultsError
from eval.longterm import score_oxuva, score_vot_lt
from eval.protocols import Scores
from eval.sequence import Sequence
from tests.eval.trees import chance, truth

Floats = NDArray[np.float64]
Measure = Callable[[list[Sequence], dict[str, Floats], dict[str, Floats]], Scores]


def _case(seed: int = 1, count: int = 50) -> tuple[Sequence, Floats, Floats]:
    boxes = truth(count, seed)
    target = boxes.copy()
    target[20:30] = np.nan
    boxes += np.round((chance(seed, count * 4).reshape(count, 4) - 0.5) * 16)
    return Sequence(f"s{seed}", (), target), boxes, chance(seed + 9, count)


def test_vot_lt_is_the_definition_written_out() -> None:
    cases = [_case(1), _case(2)]
    sequences = [case[0] for case in cases]
    scores = score_vot_lt(
        sequences, {c[0].name: c[1] for c in cases}, {c[0].name: c[2] for c in cases}
    )
    curves = []
    for sequence, boxes, confidence in cases:
        rows = []
        for threshold in scores.thresholds["precision"]:
            gained, answers = 0.0, 0
            for frame in range(1, len(sequence)):
                if confidence[frame] >= threshold:
                    answers += 1
                    gained += _overlap(boxes[frame], sequence.truth[frame])
            shown = int((~np.isnan(sequence.truth[:, 0])).sum())
            rows.append((gained / answers if answers else 1.0, gained / shown))
        curves.append(rows)
    precision, recall = np.mean(curves, axis=0).T
    np.testing.assert_allclose(scores.curves["precision"], precision, atol=1e-12)
    np.testing.assert_allclose(scores.curves["recall"], recall, atol=1e-12)
    f_score = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    assert scores.overall["f_score"] == pytest.approx(f_score.max())
    assert len(scores.thresholds["precision"]) == 100
    assert scores.sequences["s1"].absent == 10


def _overlap(box: Floats, other: Floats) -> float:
    if np.isnan(other).any():
        return 0.0
    w = min(box[0] + box[2], other[0] + other[2]) - max(box[0], other[0])
    h = min(box[1] + box[3], other[1] + other[3]) - max(box[1], other[1])
    shared = max(w, 0) * max(h, 0)
    return float(shared / (box[2] * box[3] + other[2] * other[3] - shared))


def test_knowing_when_the_target_is_gone_pays() -> None:
    sequence, _, _ = _case()
    boxes = np.nan_to_num(sequence.truth, nan=5.0)
    honest = np.where(np.isnan(sequence.truth[:, 0]), 0.1, 0.9)
    sure = np.full(len(sequence), 0.9)
    for measure, value in ((score_vot_lt, "f_score"), (score_oxuva, "max_gm")):
        better = measure([sequence], {"s1": boxes}, {"s1": honest}).overall[value]
        worse = measure([sequence], {"s1": boxes}, {"s1": sure}).overall[value]
        assert better > worse + 0.05
    assert score_oxuva([sequence], {"s1": boxes}, {"s1": honest}).overall["gm"] == 1


def test_oxuva_counts() -> None:
    target = np.array([[0.0, 0, 10, 10]] * 5 + [[np.nan] * 4] * 2)
    boxes = np.array([[0.0, 0, 10, 10]] * 7)
    boxes[2, 0] = 5  # an overlap of a third
    confidence = np.array([0.0, 0.9, 0.9, 0.2, 0.9, 0.9, 0.2])
    overall = score_oxuva([Sequence("a", (), target)], {"a": boxes}, {"a": confidence}).overall
    assert overall["tpr"] == 0.5
    assert overall["tnr"] == 0.5
    assert overall["gm"] == 0.5
    assert overall["max_gm"] == 0.5


def test_rates_over_no_frames_are_not_zero_but_none() -> None:
    sequence = Sequence("a", (), truth(5))
    boxes, sure = {"a": truth(5)}, {"a": np.ones(5)}
    overall = score_oxuva([sequence], boxes, sure).overall
    assert overall == pytest.approx(
        {"tpr": 1, "tnr": np.nan, "gm": np.nan, "max_gm": np.nan}, nan_ok=True
    )
    target = truth(5)
    target[1:] = np.nan
    overall = score_oxuva([Sequence("a", (), target)], boxes, {"a": np.zeros(5)}).overall
    assert overall == pytest.approx(
        {"tpr": np.nan, "tnr": 1, "gm": np.nan, "max_gm": np.nan}, nan_ok=True
    )


@pytest.mark.parametrize(("tpr", "tnr"), [(1.0, 0.0), (0.8, 0.3), (0.6, 0.9), (0.0, 1.0)])
def test_max_gm_is_the_best_of_all_shares_of_random_absence(tpr: float, tnr: float) -> None:
    box = [0.0, 0, 10, 10]
    target = np.array([box] * 11 + [[np.nan] * 4] * 10)
    confidence = np.zeros(21)
    confidence[1 : 1 + round(10 * tpr)] = 1
    confidence[11 : 21 - round(10 * tnr)] = 1
    sequence = Sequence("a", (), target)
    overall = score_oxuva([sequence], {"a": np.array([box] * 21)}, {"a": confidence}).overall
    assert [overall["tpr"], overall["tnr"]] == pytest.approx([tpr, tnr])
    shares = np.linspace(0, 1, 100_001)
    best = np.sqrt(((1 - shares) * tpr) * ((1 - shares) * tnr + shares)).max()
    assert overall["max_gm"] == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize("measure", [score_vot_lt, score_oxuva])
def test_what_lacks_is_named(measure: Measure) -> None:
    sequence, boxes, confidence = _case()
    with pytest.raises(ResultsError, match="no result for s1"):
        measure([sequence], {}, {"s1": confidence})
    with pytest.raises(ResultsError, match="no confidences for s1"):
        measure([sequence], {"s1": boxes}, {})
    with pytest.raises(ResultsError, match="49 confidences for 50 annotated frames"):
        measure([sequence], {"s1": boxes}, {"s1": confidence[1:]})
    with pytest.raises(ResultsError, match="s1: 2 runs, but confidences of one"):
        measure([sequence], {"s1": np.stack([boxes, boxes])}, {"s1": confidence})
    with pytest.raises(ResultsError, match="no sequence to score"):
        measure([], {}, {})
