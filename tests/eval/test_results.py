from pathlib import Path

import numpy as np
import pytest

from eval.errors import ResultsError
from eval.result_folders import read_results, read_scores, read_times
from eval.results import read_boxes, read_values, write_boxes, write_values
from tests.eval import trees
from tests.eval.trees import truth


def test_boxes_come_back_as_they_were_written(tmp_path: Path) -> None:
    boxes = truth(5) + np.array([0.25, 0.0625, 0, 0])
    boxes[2] = np.nan
    write_boxes(tmp_path / "a.txt", boxes)
    np.testing.assert_array_equal(read_boxes(tmp_path / "a.txt"), boxes)


def test_values_come_back_and_vot_leaves_the_first_line_empty(tmp_path: Path) -> None:
    write_values(tmp_path / "a.txt", np.array([0.5, np.nan, 1.0]))
    np.testing.assert_array_equal(read_values(tmp_path / "a.txt"), [0.5, np.nan, 1])
    trees.write(tmp_path / "a.value", "\n0.5\n0.25\n")
    np.testing.assert_array_equal(read_values(tmp_path / "a.value"), [np.nan, 0.5, 0.25])


def test_values_of_several_runs_are_columns(tmp_path: Path) -> None:
    trees.write(tmp_path / "a" / "a_time.txt", "0.1,0.4\n0.2,0.5\nnan,0.6\n")
    found = read_times(tmp_path, ["a"])["a"]
    np.testing.assert_array_equal(found, [[0.1, 0.2, np.nan], [0.4, 0.5, 0.6]])
    trees.write(tmp_path / "b.txt", "\n0.1 0.4\n")
    np.testing.assert_array_equal(read_values(tmp_path / "b.txt"), [[np.nan, 0.1], [np.nan, 0.4]])
    trees.write(tmp_path / "a_score.txt", "0.1,0.4\n0.2,0.5\n")
    with pytest.raises(ResultsError, match="a: 2 confidences in a line"):
        read_scores(tmp_path, ["a"])
    with pytest.raises(ResultsError, match=r"a.txt:2: expected 2 numbers, found 1"):
        read_values(trees.write(tmp_path / "a.txt", "0.1,0.4\n0.2\n"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,2,3,4\n1,2,3\n", r"a.txt:2: 3 numbers"),
        ("1,2,3,4\n1,2,3,x\n", r"a.txt:2: could not convert"),
        ("1,1,2,2,3,3,1\n", r"a.txt:1: 7 numbers are no rectangle or polygon"),
        ("1,1,2,2,3\n", r"a.txt:1: 5 numbers"),
        ("1\t2\t3\t4\n1\t2\t3\n4\t1\t2\t3\t4\n", r"a.txt:2: 3 numbers"),
        ("1 2 3\n4 1 2 3 4\n", r"a.txt:1: 3 numbers"),
        ("1\nm1,2\n", r"a.txt:2: not enough"),
        ("1,2,3,4\n11", r"a.txt:2: 1 numbers are no rectangle"),  # not a code, but cut off
        ("1,2,3,4\n1.5\n", r"a.txt:2: 1 numbers"),
    ],
)
def test_damaged_boxes(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ResultsError, match=words):
        read_boxes(trees.write(tmp_path / "a.txt", text))


def test_files_that_are_missing_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="no result file"):
        read_boxes(tmp_path / "a.txt")
    with pytest.raises(ResultsError, match="no result file"):
        read_values(tmp_path / "a.txt")
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(ResultsError, match="not a file of boxes"):
        read_boxes(tmp_path / "a.txt")
    with pytest.raises(ResultsError, match="not a file of numbers"):
        read_values(trees.write(tmp_path / "b.txt", "0.1\nfast\n"))


def test_vot_files_with_codes_polygons_and_masks(tmp_path: Path) -> None:
    lines = "1\n1,2,3,4\n0,0,4,0,4,2,0,2\nm5,6,2,2,0,4\n0,0,4,0,5,1,4,2,0,2\n2\n0\n"
    boxes = read_boxes(trees.write(tmp_path / "a.txt", lines))
    assert np.isnan(boxes[[0, 5, 6]]).all()
    assert boxes[1:5].tolist() == [[1, 2, 3, 4], [0, 0, 4, 2], [5, 6, 2, 2], [0, 0, 5, 2]]


def test_each_framework_s_folder(tmp_path: Path) -> None:
    boxes = truth(3)
    text = "".join(",".join(f"{n:g}" for n in row) + "\n" for row in boxes)
    files = {
        "lowtrack": ("a.txt", "a_time.txt", "a_score.txt"),
        "pytracking": ("a.txt", "a_time.txt", "a_object_presence_scores.txt"),
        "got10k": ("a/a_001.txt", "a/a_time.txt", None),
        "got10k-otb": ("a.txt", "times/a_time.txt", None),
        "vot": ("baseline/a/a_001.txt", None, None),
        "vot-lt": ("longterm/a/a_001.txt", None, "longterm/a/a_001_confidence.value"),
    }
    for style, (box_file, time_file, score_file) in files.items():
        folder = tmp_path / style
        trees.write(folder / box_file, text.replace(",", "\t" if style == "pytracking" else ","))
        for file in filter(None, (time_file, score_file)):
            trees.write(folder / file, "0.5\n0.5\n0.5\n")
        for asked in ("auto", style):
            np.testing.assert_array_equal(read_results(folder, ["a"], asked)["a"], boxes)
            assert ("a" in read_times(folder, ["a"], asked)) == (time_file is not None)
            assert ("a" in read_scores(folder, ["a"], asked)) == (score_file is not None)


def test_repeated_runs_are_stacked_and_must_agree(tmp_path: Path) -> None:
    for run in (1, 2, 3):
        write_boxes(tmp_path / "a" / f"a_00{run}.txt", truth(4, run))
    assert read_results(tmp_path, ["a"])["a"].shape == (3, 4, 4)
    write_boxes(tmp_path / "a" / "a_002.txt", truth(3))
    with pytest.raises(ResultsError, match="a: its 3 runs have different numbers of boxes"):
        read_results(tmp_path, ["a"])


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("jogging_1.txt", "Jogging-1"),
        ("Jogging.1.txt", "Jogging-1"),
        ("Human4.txt", "Human4-2"),
        ("uav_bike1.txt", "bike1"),
        ("nfs_Gymnastics.txt", "Gymnastics"),
        ("faceocc1.txt", "FaceOcc1"),
    ],
)
def test_other_spellings_of_a_name(tmp_path: Path, file: str, name: str) -> None:
    write_boxes(tmp_path / file, truth(2))
    trees.write(tmp_path / file.replace(".txt", "_time.txt"), "1\n1\n")
    trees.write(tmp_path / file.replace(".txt", "_score.txt"), "1\n1\n")
    assert list(read_results(tmp_path, [name])) == [name]
    assert list(read_times(tmp_path, [name])) == [name]
    assert list(read_scores(tmp_path, [name])) == [name]


def test_the_file_of_another_sequence_is_no_other_spelling(tmp_path: Path) -> None:
    write_boxes(tmp_path / "a_b.txt", truth(2))
    write_values(tmp_path / "a_b_time.txt", np.ones(2))
    assert list(read_results(tmp_path, ["a-b", "a_b"])) == ["a_b"]
    assert list(read_times(tmp_path, ["a-b", "a_b"])) == ["a_b"]
    assert list(read_results(tmp_path, ["a-b"])) == ["a-b"]


def test_names_that_look_like_patterns(tmp_path: Path) -> None:
    write_boxes(tmp_path / "a[1]" / "a[1]_001.txt", truth(2))
    write_boxes(tmp_path / "b?.txt", truth(2))
    assert list(read_results(tmp_path, ["a[1]", "b?", "a1", "b"])) == ["a[1]", "b?"]


def test_what_is_not_there_is_left_out_but_a_folder_must_be(tmp_path: Path) -> None:
    assert read_results(tmp_path, ["a"]) == {}
    with pytest.raises(ResultsError, match="does not exist"):
        read_results(tmp_path / "nowhere", ["a"])
    with pytest.raises(ResultsError, match=r"no style 'pytrack' of results; there are: auto, "):
        read_results(tmp_path, ["a"], "pytrack")
