import json
from pathlib import Path

import numpy as np
import pytest

from eval.errors import BenchmarkError, ProtocolError, ResultsError
from eval.protocols import PROTOCOLS
from eval.results import write_boxes, write_values
from eval.score import as_dict, protocol_names, score_folder, write_scores
from eval.scoring_speed import time_scoring, write_lasot
from tests.eval import trees
from tests.eval.trees import truth


def test_scores_without_a_single_picture_and_names_the_protocol(tmp_path: Path) -> None:
    trees.lasot(tmp_path / "data", "airplane-1", truth(8), away=[3])
    write_boxes(tmp_path / "results" / "airplane-1.txt", truth(8))
    scores = score_folder("lasot", tmp_path / "data", tmp_path / "results")
    write_scores(tmp_path / "out.json", scores, {"benchmark": "lasot"})
    found = json.loads((tmp_path / "out.json").read_text())
    assert (found["benchmark"], found["protocol"]) == ("lasot", "lasot")
    assert found["overall"]["success_auc"] == pytest.approx(7 / 8 * 20 / 21)
    assert found["overall"].keys() == {"success_auc", "precision", "norm_precision"}
    assert found["intervals"]["precision"] is None
    sequence = found["sequences"]["airplane-1"]
    assert [len(sequence[curve]) for curve in ("success", "precision", "norm_precision")] == [
        21,
        51,
        51,
    ]
    assert (sequence["frames"], sequence["absent"]) == (8, 1)
    assert sequence["values"]["precision"] == sequence["precision"][20]
    assert found["thresholds"]["success"] == pytest.approx(np.arange(21) / 20)


@pytest.mark.parametrize("protocol", sorted(PROTOCOLS))
def test_any_protocol_on_any_benchmark(tmp_path: Path, protocol: str) -> None:
    trees.lasot(tmp_path / "data", "airplane-1", truth(8))
    trees.write_rows(tmp_path / "results" / "airplane-1.txt", truth(8), "\t")
    scores = score_folder("lasot", tmp_path / "data", tmp_path / "results", protocol)
    assert as_dict(scores)["protocol"] == protocol
    assert max(scores.overall.values()) == pytest.approx(1, abs=0.03)


def test_results_in_the_official_coordinates_of_one_based_benchmarks(tmp_path: Path) -> None:
    trees.write_rows(tmp_path / "data" / "Deer" / "groundtruth_rect.txt", truth(5))
    write_boxes(tmp_path / "results" / "Deer.txt", truth(5))
    overall = score_folder("otb", tmp_path / "data", tmp_path / "results").overall
    assert overall["success_auc"] == pytest.approx(20 / 21)


def test_missing_results(tmp_path: Path) -> None:
    for name in ("airplane-1", "airplane-9"):
        trees.lasot(tmp_path / "data", name, truth(8))
    write_boxes(tmp_path / "results" / "airplane-1.txt", truth(8))
    with pytest.raises(ResultsError, match="no result for 1 sequences, such as airplane-9"):
        score_folder("lasot", tmp_path / "data", tmp_path / "results")
    scores = score_folder("lasot", tmp_path / "data", tmp_path / "results", partial=True)
    assert as_dict(scores)["dropped"] == {"airplane-9": "no result"}


def test_unknown_protocol_lists_all(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match=r"no protocol 'ope'.*vot-lt.*mot"):
        score_folder("lasot", tmp_path, tmp_path, "ope")
    assert len(protocol_names()) == len(set(protocol_names())) == 11


def test_long_term_protocols_read_the_confidences(tmp_path: Path) -> None:
    trees.write(tmp_path / "data" / "a" / "groundtruth.txt", "1,2,3,4\n" * 3 + "nan,nan,nan,nan\n")
    write_boxes(tmp_path / "results" / "a.txt", np.array([[1.0, 2, 3, 4]] * 4))
    with pytest.raises(ResultsError, match="no confidences for a"):
        score_folder("vot-lt", tmp_path / "data", tmp_path / "results")
    write_values(tmp_path / "results" / "a_score.txt", np.array([1.0, 0.9, 0.8, 0.1]))
    scores = score_folder("vot-lt", tmp_path / "data", tmp_path / "results")
    assert scores.protocol == "vot-lt"
    assert scores.overall["precision"] == 1
    assert scores.overall["recall"] == pytest.approx(2 / 3)
    write_scores(tmp_path / "out.json", scores)
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["intervals"] == {}
    assert found["thresholds"]["f_score"][0] is None  # infinity, for which JSON has no word
    assert score_folder(
        "vot-lt", tmp_path / "data", tmp_path / "results", "oxuva"
    ).overall == pytest.approx({"tpr": 1, "tnr": 1, "gm": 1, "max_gm": 1})


@pytest.mark.parametrize("protocol", ["vot-lt", "oxuva"])
def test_long_term_protocols_list_what_they_leave_out(tmp_path: Path, protocol: str) -> None:
    for name in ("a", "b"):
        trees.write(tmp_path / "data" / name / "groundtruth.txt", "1,2,3,4\n" * 4)
    write_boxes(tmp_path / "results" / "b.txt", np.array([[1.0, 2, 3, 4]] * 4))
    write_values(tmp_path / "results" / "b_score.txt", np.ones(4))
    places = "vot-lt", tmp_path / "data", tmp_path / "results", protocol
    with pytest.raises(ResultsError, match="no result for a"):
        score_folder(*places)
    scores = score_folder(*places, partial=True)
    assert scores.dropped == {"a": "no result"}
    assert list(scores.sequences) == ["b"]


@pytest.mark.parametrize("protocol", [None, "otb", "vot-lt"])
def test_where_a_server_keeps_the_truth_nothing_is_scored(
    tmp_path: Path, protocol: str | None
) -> None:
    for number in (1, 2):
        folder = tmp_path / "data" / "test" / f"GOT-10k_Test_00000{number}"
        trees.write(folder / "groundtruth.txt", "1,2,3,4\n")
        trees.pictures(folder, range(1, 5), "{:08d}.jpg")
        write_boxes(tmp_path / "results" / f"{folder.name}.txt", np.array([[1.0, 2, 3, 4]] * 4))
    with pytest.raises(BenchmarkError, match=r"only the first frames are annotated.*pack"):
        score_folder("got10k", tmp_path / "data", tmp_path / "results", protocol, "test")
    trees.write(tmp_path / "data" / "TEST" / "anno" / "a.txt", "1,2,3,4\n")
    with pytest.raises(BenchmarkError, match=r"only the first frames are annotated.*pack"):
        score_folder("trackingnet", tmp_path / "data", tmp_path / "results", protocol)


@pytest.mark.parametrize("protocol", ["plain", "otb"])
def test_a_plain_folder_with_first_boxes_only_is_not_for_a_server(
    tmp_path: Path, protocol: str
) -> None:
    trees.write(tmp_path / "data" / "a" / "groundtruth.txt", "1,2,3,4\nnan,nan,nan,nan\n")
    write_boxes(tmp_path / "results" / "a.txt", np.array([[1.0, 2, 3, 4]] * 2))
    with pytest.raises(BenchmarkError, match=r"annotated, so there is nothing to score$"):
        score_folder("folder", tmp_path / "data", tmp_path / "results", protocol)


def test_the_json_says_which_sequences_left_the_mean(tmp_path: Path) -> None:
    for name, left in (("a", 0), ("b", 1)):
        trees.write(tmp_path / "data" / name / "groundtruth.txt", f"{left},2,3,4\n" * 3)
        write_boxes(tmp_path / "results" / f"{name}.txt", np.array([[1.0, 2, 3, 4]] * 3))
    scores = score_folder("folder", tmp_path / "data", tmp_path / "results", "otb")
    write_scores(tmp_path / "out.json", scores)
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["dropped"].keys() == {"a"}
    assert found["dropped"]["a"].startswith("zero everywhere in success")
    assert found["sequences"].keys() == {"a", "b"}


def test_the_data_set_for_timing_is_lasot_s_and_is_scored_by_all(tmp_path: Path) -> None:
    write_lasot(tmp_path / "data", tmp_path / "results", frames=280 * 10)
    taken = time_scoring(tmp_path / "data", tmp_path / "results")
    assert set(taken) == {"read", "total"} | set(protocol_names()) - {"vot-lt", "oxuva", "mot"}
    assert 0 < taken["read"] < taken["total"]
