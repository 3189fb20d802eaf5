import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from eval.errors import ProtocolError, ResultsError
from eval.protocols import PROTOCOLS, SequenceScore, score
from eval.sequence import Sequence
from tests.eval.cases import FRAMES, results, sequences, without_away
from tests.eval.trees import truth

GOLDEN = json.loads(
    (Path(__file__).parents[1] / "golden" / "protocols.json").read_text(encoding="utf-8")
)["protocols"]


@pytest.mark.parametrize("case", sorted(GOLDEN))
def test_every_curve_point_is_that_of_the_toolkit(case: str) -> None:
    protocol, benchmark = case.split("/")
    boxes = results(benchmark, broken=protocol in {"lasot", "otb"})
    scores = score(sequences(benchmark), boxes, protocol)
    for name, expected in GOLDEN[case].items():
        found = scores.sequences[name]
        for curve, points in zip(found.curves, expected["curves"], strict=True):
            np.testing.assert_allclose(_official(case, found, curve), points, rtol=0, atol=1e-11)
        if expected["values"]:
            np.testing.assert_allclose(
                list(found.values.values()), expected["values"], rtol=0, atol=1e-11
            )


def _official(case: str, found: SequenceScore, curve: str) -> NDArray[np.float64]:
    """The older pytracking counts the frames that it leaves out as hits in normalised precision."""
    points = found.curves[curve]
    if not case.startswith("pytracking-old/") or curve != "norm_precision":
        return points
    hits = np.round(points * found.frames).astype(np.float32) + np.float32(found.absent)
    return np.asarray(hits / np.float32(found.frames), dtype=np.float64)


def test_all_do_differ_on_the_same_boxes() -> None:
    numbers = {
        name: score(sequences("lasot-ext"), results("lasot-ext"), name).overall.get("success_auc")
        for name in PROTOCOLS
    }
    known = [round(number, 9) for number in numbers.values() if number is not None]
    assert len(set(known)) == len(known) == 7


@pytest.mark.parametrize("benchmark", ["lasot", "lasot-ext", "otb", "uav123", "got10k"])
@pytest.mark.parametrize("name", sorted(PROTOCOLS))
def test_no_share_is_above_one(name: str, benchmark: str) -> None:
    perfect = {each.name: truth(FRAMES, int(each.name[1:])) for each in sequences(benchmark)}
    scores = score(sequences(benchmark), perfect, name)
    for found in scores.sequences.values():
        assert max(curve.max() for curve in found.curves.values()) <= 1


@pytest.mark.parametrize("name", sorted(PROTOCOLS))
def test_a_perfect_tracker_gets_the_most_there_is(name: str) -> None:
    sequence = Sequence("a", (), truth(FRAMES), benchmark="folder")
    scores = score([sequence], {"a": truth(FRAMES)}, name)
    most = {"trackingnet": 0.975}.get(name, 20 / 21)
    for value, number in scores.overall.items():
        expected = most if value == "success_auc" else 1.0
        assert number == pytest.approx(expected, abs=1e-7), value


@pytest.mark.parametrize("name", sorted(PROTOCOLS))
def test_a_lost_tracker_gets_next_to_nothing(name: str) -> None:
    sequence = Sequence("a", (), truth(FRAMES), benchmark="folder")
    far = truth(FRAMES) + np.array([5000, 5000, 0, 0])
    far[0] = truth(1)
    scores = score([sequence], {"a": far}, name)
    assert all(number <= 1.01 / FRAMES for number in scores.overall.values())


def test_absent_frames_cost_lasot_but_not_the_older_pytracking_on_the_extension() -> None:
    first, second = sequences("lasot-ext")
    boxes = {each.name: each.official.copy() for each in (first, second)}
    for each in boxes.values():
        each[20] = each[19]
        each[30] = [1, 1, 5, 5]
    lasot = score((first, second), boxes, "lasot").overall["success_auc"]
    plain = score((without_away(first), without_away(second)), boxes, "lasot")
    assert lasot == pytest.approx(plain.overall["success_auc"] * (FRAMES - 7) / (FRAMES - 2))
    assert score((first, second), boxes, "pytracking-old").overall["success_auc"] > lasot
    assert score((first, second), boxes, "pytracking").sequences["s3"].frames == FRAMES
    assert score((first, second), boxes, "pytracking-old").sequences["s3"].frames == FRAMES - 6


@pytest.mark.parametrize("benchmark", ["lasot", "uav123"])
def test_both_pytrackings_agree_where_all_frames_always_counted(benchmark: str) -> None:
    both = [
        score(sequences(benchmark), results(benchmark), name).sequences["s3"].curves
        for name in ("pytracking", "pytracking-old")
    ]
    for curve, points in both[0].items():
        np.testing.assert_array_equal(points, both[1][curve])


def test_lasot_takes_a_box_as_broken_by_one_number_otb_by_all() -> None:
    sequence = dataclasses.replace(sequences("otb")[0], benchmark="folder")
    boxes = sequence.official.copy()
    boxes[5, 0] = np.nan
    boxes[4] = sequence.official[5]
    kept = score([sequence], {"s3": boxes}, "lasot").sequences["s3"].curves["success"]
    lost = score([sequence], {"s3": boxes}, "otb").sequences["s3"].curves["success"]
    assert kept[19] - lost[19] == pytest.approx(1 / FRAMES)


@pytest.mark.parametrize("protocol", ["pysot", "pytracking"])
def test_flags_other_than_lasot_s_mean_nothing_to_frameworks_without_them(protocol: str) -> None:
    absent = np.arange(10) == 4
    sequence = Sequence("a", (), truth(10), benchmark="nfs", absent=absent)
    boxes = truth(10)
    boxes[4, 0] += 5000
    assert score([sequence], {"a": boxes}, protocol).overall["precision"] == pytest.approx(0.9)


def test_trackingnet_rounds_and_forgives_what_lacks() -> None:
    sequence = Sequence("a", (), truth(10))
    near = truth(10) + np.array([0.4, -0.4, 0.4, -0.4])
    assert score([sequence], {"a": near}, "trackingnet").overall["precision"] == 1
    short = score([sequence], {"a": near[:6]}, "trackingnet").sequences["a"]
    assert short.curves["success"][0] == pytest.approx(0.6)
    long = np.vstack([near, near])
    assert score([sequence], {"a": long}, "trackingnet").overall["precision"] == 1


def test_pytracking_pads_short_results_except_for_lasot() -> None:
    sequence = Sequence("a", (), truth(10), benchmark="otb")
    short = score([sequence], {"a": truth(6)}, "pytracking").sequences["a"]
    full = np.vstack([truth(10)[:6], np.zeros((4, 4))])
    again = score([sequence], {"a": full}, "pytracking").sequences["a"]
    assert short.curves["success"][0] == pytest.approx(0.6)
    assert again.curves["success"][0] > 0.6  # there a side of 0 repeats the box before
    lasot = dataclasses.replace(sequence, benchmark="lasot")
    with pytest.raises(ResultsError, match="a: 6 boxes for 10 annotated frames"):
        score([lasot], {"a": truth(10)[:6]}, "pytracking")


@pytest.mark.parametrize("protocol", ["lasot", "otb", "pysot", "got10k"])
def test_results_that_are_too_short_are_refused(protocol: str) -> None:
    sequence = Sequence("a", (), truth(10))
    with pytest.raises(ResultsError, match="a: 9 boxes for 10 annotated frames"):
        score([sequence], {"a": truth(9)}, protocol)


@pytest.mark.parametrize("protocol", ["pysot", "got10k"])
def test_results_that_are_too_long_are_refused_by_some(protocol: str) -> None:
    with pytest.raises(ResultsError, match="a: 11 boxes for 10 annotated frames"):
        score([Sequence("a", (), truth(10))], {"a": truth(11)}, protocol)


def test_pysot_cuts_results_of_lasot_whether_or_not_a_frame_is_flagged() -> None:
    for flags in (np.zeros(10, np.bool_), np.arange(10) == 4):
        sequence = Sequence("monkey-17", (), truth(10), full_occlusion=flags, out_of_view=flags)
        assert score([sequence], {"monkey-17": truth(13)}, "pysot").sequences


def test_pytracking_refuses_annotations_with_nan_but_for_uav123() -> None:
    target = truth(5)
    target[3] = np.nan
    with pytest.raises(ResultsError, match=r"a: NaN in the annotation.* plain leaves such frames"):
        score([Sequence("a", (), target, benchmark="folder")], {"a": truth(5)}, "pytracking")
    uav = Sequence("a", (), target, benchmark="uav20l")
    assert score([uav], {"a": truth(5)}, "pytracking").overall["precision"] == 1


def test_pytracking_refuses_nan_and_negative_sides() -> None:
    sequence = Sequence("a", (), truth(5))
    for value in (np.nan, -1.0):
        boxes = truth(5)
        boxes[3, 2] = value
        with pytest.raises(ResultsError, match="NaN or a negative side"):
            score([sequence], {"a": boxes}, "pytracking")


def test_got10k_refuses_nan_but_not_in_the_frame_it_leaves_out() -> None:
    sequence, boxes = Sequence("a", (), truth(5)), truth(5)
    boxes[0] = np.nan
    assert score([sequence], {"a": boxes}, "got10k").overall["ao"] == pytest.approx(1)
    boxes[3, 1] = np.nan
    with pytest.raises(ResultsError, match="a: NaN, for which"):
        score([sequence], {"a": boxes}, "got10k")


def test_pytracking_refuses_a_sequence_without_a_target() -> None:
    sequence = Sequence("a", (), np.zeros((3, 4)), benchmark="otb")
    with pytest.raises(ResultsError, match="no frame has a target"):
        score([sequence], {"a": truth(3)}, "pytracking")


def test_got10k_weighs_frames_the_others_sequences() -> None:
    long, short = Sequence("long", (), truth(31)), Sequence("short", (), truth(11))
    boxes = {"long": truth(31), "short": truth(11) + np.array([5000, 0, 0, 0])}
    assert score([long, short], boxes, "got10k").overall["ao"] == pytest.approx(0.75)
    pysot = score([long, short], boxes, "pysot").overall["precision"]
    assert pysot == pytest.approx(0.5)


def test_a_sequence_with_an_empty_curve_leaves_the_mean_of_otb_only() -> None:
    there = Sequence("there", (), truth(10))
    gone = Sequence("gone", (), np.hstack([np.zeros((10, 2)), np.full((10, 2), 5.0)]))
    boxes = {"there": truth(10), "gone": truth(10)}
    otb = score([there, gone], boxes, "otb").overall["success_auc"]
    assert otb == pytest.approx(20 / 21)
    assert score([there, gone], boxes, "pysot").overall["success_auc"] < 0.6


def test_a_sequence_that_leaves_the_mean_is_listed_with_the_reason() -> None:
    target = truth(10)
    target[0, 0] = 0
    sequence = Sequence("edge", (), target)
    lost = {"edge": truth(10) + np.array([5000, 0, 0, 0]), "there": truth(10)}
    both = [sequence, Sequence("there", (), truth(10))]
    scores = score(both, lost, "otb")
    assert scores.dropped == {"edge": "zero everywhere in success, which otb leaves out"}
    assert scores.overall["success_auc"] == scores.sequences["there"].values["success_auc"]
    assert scores.overall["precision"] == pytest.approx((1 + 0.1) / 2)
    assert score(both, {**lost, "edge": truth(10)}, "otb").dropped == {}
    partial = score([*both, Sequence("none", (), truth(3))], lost, "otb", partial=True)
    assert list(partial.dropped) == ["none", "edge"]


def test_a_run_that_fails_costs_what_it_should_in_the_mean_of_runs() -> None:
    target = truth(10)
    target[0, 0] = 0
    runs = np.stack([truth(10), truth(10) + np.array([5000, 0, 0, 0])])
    found = score([Sequence("a", (), target)], {"a": runs}, "otb").sequences["a"]
    assert found.values["success_auc"] == pytest.approx(0.9 * 20 / 21 / 2)


def test_attributes_are_means_over_their_sequences() -> None:
    scores = score(sequences("lasot"), results("lasot"), "lasot")
    assert scores.attributes["IV"] == pytest.approx(scores.overall)
    assert scores.attributes["OV"] == pytest.approx(scores.sequences["s4"].values)


def test_several_runs_are_averaged() -> None:
    sequence = Sequence("a", (), truth(11))
    good, bad = truth(11), truth(11) + np.array([5000, 0, 0, 0])
    for protocol, value in (("got10k", "ao"), ("pysot", "precision")):
        both = score([sequence], {"a": np.stack([good, bad])}, protocol).overall[value]
        assert both == pytest.approx(0.5)


def test_got10k_weighs_the_frames_of_all_runs() -> None:
    good, bad = truth(11), truth(11) + np.array([5000, 0, 0, 0])
    both = [Sequence(name, (), truth(11)) for name in "ab"]
    boxes = {"a": np.stack([good, good, good]), "b": bad}
    assert score(both, boxes, "got10k").overall["ao"] == pytest.approx(0.75)
    assert score(both, boxes, "pysot").overall["precision"] == pytest.approx(0.5)


def test_missing_results_and_unknown_protocols() -> None:
    both = sequences("lasot")
    one = {"s3": results("lasot")["s3"]}
    with pytest.raises(ResultsError, match="no result for 1 sequences, such as s4"):
        score(both, one, "lasot")
    partial = score(both, one, "lasot", partial=True)
    assert partial.dropped == {"s4": "no result"}
    assert list(partial.sequences) == ["s3"]
    with pytest.raises(ResultsError, match="no sequence with a result"):
        score(both, {}, "lasot", partial=True)
    with pytest.raises(ProtocolError, match=r"no protocol 'lazot'; there are: .*lasot"):
        score(both, one, "lazot")
