"""The protocol of plain folders: only annotated frames count, wherever in the picture they are."""

from pathlib import Path

import numpy as np
import pytest

from eval.benchmarks import lookup, read
from eval.errors import ResultsError
from eval.protocols import score
from eval.sequence import Sequence
from tests.eval.cases import results
from tests.eval.trees import truth, write

FAR = np.array([5000, 0, 0, 0])


def test_it_is_the_own_one_of_data_sets_that_count_from_zero() -> None:
    assert lookup("folder").protocol == lookup("davis").protocol == "plain"


@pytest.mark.parametrize("name", ["s3", "s4"])
def test_it_is_otb_where_all_boxes_are_positive(name: str) -> None:
    boxes = {name: results("otb", broken=True)[name]}
    target = [Sequence(name, (), truth(60, int(name[1:])))]
    plain, otb = (score(target, boxes, protocol) for protocol in ("plain", "otb"))
    assert plain.overall == otb.overall
    for curve, points in otb.curves.items():
        np.testing.assert_array_equal(plain.curves[curve], points)


def test_a_target_at_the_edge_counts_like_any_other() -> None:
    target = truth(10)
    target[:, 0], target[:4, 1] = 0, -3
    boxes = target.copy()
    boxes[5:] += FAR
    found = score([Sequence("a", (), target)], {"a": boxes}, "plain").sequences["a"]
    assert found.values == pytest.approx(
        {"success_auc": 10 / 21, "precision": 0.5, "norm_precision": 0.5}
    )
    assert (found.frames, found.absent) == (10, 0)


def test_frames_without_a_target_leave_counts_and_denominator() -> None:
    target = truth(10)
    target[3], target[4, 2], target[5, 1] = np.nan, 0, np.inf
    for boxes in (truth(10), np.where(np.isfinite(target), truth(10), np.nan)):
        found = score([Sequence("a", (), target)], {"a": boxes}, "plain").sequences["a"]
        assert (found.frames, found.absent) == (7, 3)
        assert found.values["success_auc"] == pytest.approx(20 / 21)
        assert found.values["precision"] == 1
    boxes = truth(10)
    boxes[6] += FAR
    lost = score([Sequence("a", (), target)], {"a": boxes}, "plain").sequences["a"]
    assert lost.values["precision"] == lost.values["norm_precision"] == pytest.approx(6 / 7)


def test_flags_of_a_benchmark_are_heeded() -> None:
    target = truth(10)
    target[4] = np.nan
    flagged = Sequence("a", (), target, annotation=truth(10))
    assert score([flagged], {"a": truth(10)}, "plain").sequences["a"].frames == 9


def test_a_lost_clip_stays_in_the_mean() -> None:
    good, lost = Sequence("good", (), truth(10)), Sequence("lost", (), truth(10))
    lost.truth[0] = np.nan
    boxes = {"good": truth(10), "lost": truth(10) + FAR}
    scores = score([good, lost], boxes, "plain")
    assert scores.overall["success_auc"] == pytest.approx(10 / 21)
    assert scores.dropped == {}


def test_a_clip_without_a_target_to_score_is_left_out_and_named() -> None:
    target = truth(10)
    target[1:] = np.nan
    first_only, good = Sequence("a", (), target), Sequence("b", (), truth(10))
    boxes = {"a": truth(10), "b": truth(10)}
    scores = score([first_only, good], boxes, "plain")
    assert scores.dropped == {"a": "no frame after the first has a target"}
    assert list(scores.sequences) == ["b"]
    assert scores.overall["success_auc"] == pytest.approx(20 / 21)
    with pytest.raises(ResultsError, match="no result for 1 sequences, such as b"):
        score([first_only, good], {"a": truth(10)}, "plain")
    with pytest.raises(ResultsError, match="a: no frame after the first has a target"):
        score([first_only], boxes, "plain")


def test_a_folder_on_disk(tmp_path: Path) -> None:
    write(tmp_path / "a" / "groundtruth.txt", "0,0,9,9\n0,2,9,9\nNaN,NaN,NaN,NaN\n0,4,9,9\n")
    (sequence,) = read("folder", tmp_path)
    boxes = np.array([[0.0, 0, 9, 9], [0, 2, 9, 9], [0, 3, 9, 9], [0, 4, 9, 9]])
    assert score([sequence], {"a": boxes}, "plain").overall["success_auc"] == pytest.approx(20 / 21)
    assert score([sequence], {"a": boxes}, "otb").overall["success_auc"] == 0
