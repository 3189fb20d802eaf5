import os
from pathlib import Path

import numpy as np
import pytest

from eval.benchmarks import BENCHMARKS, check, check_all, find_root, lookup, read, split_name
from eval.errors import BenchmarkError
from eval.score import protocol_names
from tests.eval import trees


@pytest.mark.parametrize("name", sorted(BENCHMARKS))
def test_an_empty_root_is_an_error_that_says_what_was_expected(name: str, tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"expected .*|found"):
        read(name, tmp_path)


@pytest.mark.parametrize("name", sorted(BENCHMARKS))
def test_each_says_what_it_expects_and_its_own_protocol_exists(name: str) -> None:
    assert BENCHMARKS[name].layout
    assert BENCHMARKS[name].protocol in protocol_names()


def test_unknown_names_and_splits_list_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"no benchmark 'lasto'; there are: .*lasot"):
        read("lasto", tmp_path)
    with pytest.raises(BenchmarkError, match="lasot has no split 'tset'; it has: test, train, all"):
        read("lasot", tmp_path, "tset")
    with pytest.raises(BenchmarkError, match="folder has no split 'test'; it has: none"):
        read("folder", tmp_path, "test")


def test_the_root_is_the_one_given_or_its_usual_folder(tmp_path: Path) -> None:
    assert find_root("lasot", tmp_path) == tmp_path
    (tmp_path / "LaSOT").mkdir()
    assert find_root("lasot", tmp_path) == tmp_path / "LaSOT"
    with pytest.raises(BenchmarkError, match="is not a folder"):
        find_root("lasot", tmp_path / "nowhere")


def test_the_root_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOWTRACK_DATA", raising=False)
    with pytest.raises(BenchmarkError, match="give --root, or set LOWTRACK_DATA"):
        find_root("lasot")
    monkeypatch.setenv("LOWTRACK_DATA", os.fspath(tmp_path))
    (tmp_path / "LaSOT").mkdir()
    assert find_root("lasot") == tmp_path / "LaSOT"


def test_a_check_counts_what_is_there_and_names_what_is_wrong(tmp_path: Path) -> None:
    trees.lasot(tmp_path / "LaSOT", "airplane-1", trees.truth(4))
    found = check("lasot", tmp_path)
    assert (found.found, found.official, found.frames, found.pictured) == (1, 280, 4, 0)
    assert found.problem == "1 sequences of 280"
    folder = trees.lasot(tmp_path / "LaSOT", "airplane-9", trees.truth(4))
    (folder / "out_of_view.txt").unlink()
    found = check("lasot", tmp_path)
    assert found.found == 1
    assert "airplane-9/out_of_view.txt" in found.problem


def test_a_check_of_everything_finds_the_usual_folders(tmp_path: Path) -> None:
    trees.lasot(tmp_path / "LaSOT", "airplane-1", trees.truth(4))
    trees.got10k(tmp_path / "GOT-10k", "GOT-10k_Val_000001", trees.truth(2), [8, 8])
    assert [report.name for report in check_all(tmp_path)] == ["lasot", "got10k"]


@pytest.mark.parametrize(
    ("places", "found"),
    [
        (["UAV123/anno/UAV123"], ["uav123"]),
        (["UAV123/anno/UAV20L"], ["uav20l"]),
        (["UAV123/anno/UAV123", "UAV20L/anno/UAV20L"], ["uav123", "uav20l"]),
        (["UAV123/anno/UAV123", "UAV123/anno/UAV20L"], ["uav123", "uav20l"]),
    ],
)
def test_of_benchmarks_that_share_a_folder_those_are_checked_that_are_there(
    tmp_path: Path, places: list[str], found: list[str]
) -> None:
    for place in places:
        trees.write_rows(tmp_path / place / "bike1.txt", trees.truth(2))
    reports = check_all(tmp_path)
    assert [(report.name, report.found) for report in reports] == [(name, 1) for name in found]


def test_a_folder_with_nothing_in_it_is_faulty_whatever_could_lie_there(tmp_path: Path) -> None:
    (tmp_path / "UAV123").mkdir()
    reports = check_all(tmp_path)
    assert [report.name for report in reports] == ["uav123", "uav20l"]
    assert all("found no such file" in report.problem for report in reports)


def test_splits_have_official_numbers_and_one_name() -> None:
    for benchmark in BENCHMARKS.values():
        assert len(benchmark.official) in {0, len(benchmark.splits) or 1}
    assert lookup("otb").expected(None) == lookup("otb").expected("otb100") == 100
    assert lookup("otb").expected("otb2013") == 51
    assert lookup("tc128").expected(None) == 129  # Jogging1 and Jogging2 are one of 128 videos
    assert lookup("folder").expected(None) == 0
    assert split_name("got10k", None) == split_name("got10k", "val") == ""
    assert split_name("got10k", "test") == "test"


def test_a_check_of_a_free_number_of_clips_has_no_problem(tmp_path: Path) -> None:
    trees.write_rows(tmp_path / "a" / "groundtruth.txt", trees.truth(3))
    assert check("folder", tmp_path).problem == ""


@pytest.mark.parametrize("place", ["b", "b/img"])
def test_a_check_tells_of_clips_that_are_passed_over(tmp_path: Path, place: str) -> None:
    trees.write_rows(tmp_path / "a" / "groundtruth.txt", trees.truth(3))
    trees.write(tmp_path / "c" / "notes.txt", "no clip")
    trees.pictures(tmp_path / place, [1])
    assert [each.name for each in read("folder", tmp_path)] == ["a"]
    told = "1 folders have pictures but no groundtruth.txt, such as b"
    assert check("folder", tmp_path).problem == told


def test_plain_folder(tmp_path: Path) -> None:
    trees.write(tmp_path / "b" / "groundtruth.txt", "1,2,3,4\nNaN,NaN,NaN,NaN\n5,6,7,8\n")
    trees.pictures(tmp_path / "b" / "img", range(1, 4), "{:06d}.Jpg")
    trees.write(tmp_path / "a" / "groundtruth.txt", "0,0,9,9\n")
    first, second = read("folder", tmp_path)
    assert (first.name, second.name, first.frames, first.origin) == ("a", "b", (), 0)
    assert [path.name for path in second.frames] == ["000001.Jpg", "000002.Jpg", "000003.Jpg"]
    assert np.isnan(second.truth[1]).all()
    assert second.truth[2].tolist() == [5, 6, 7, 8]


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    trees.write(tmp_path / "caf\udce9" / "groundtruth.txt", "1,2,3,4\n")  # the byte E9
    with pytest.raises(BenchmarkError, match=r"'caf\\udce9' needs a name in UTF-8"):
        read("folder", tmp_path)


@pytest.mark.parametrize("count", [2, 4])
def test_pictures_that_do_not_match_the_annotation(tmp_path: Path, count: int) -> None:
    trees.write_rows(tmp_path / "a" / "groundtruth.txt", trees.truth(3))
    trees.pictures(tmp_path / "a" / "img", range(count))
    words = f"{count} pictures, its annotation 3 boxes: is the archive half extracted"
    with pytest.raises(BenchmarkError, match=words):
        read("folder", tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "is empty"), ("1,2,3\n", "expected 4 numbers"), ("1,2,3,x\n", "'x' is not a number")],
)
def test_damaged_annotations(tmp_path: Path, text: str, words: str) -> None:
    trees.write(tmp_path / "a" / "groundtruth.txt", text)
    with pytest.raises(BenchmarkError, match=words):
        read("folder", tmp_path)


def test_dtb70(tmp_path: Path) -> None:
    trees.write_rows(tmp_path / "Car2" / "groundtruth_rect.txt", [[1, 1, 5, 5], [2, 1, 5, 5]])
    trees.pictures(tmp_path / "Car2" / "img", [1, 2], "{:05d}.jpg")
    trees.write(tmp_path / "att" / "Car2.txt", "1,0,0,0,0,0,0,0,0,0,1\n")
    (sequence,) = read("dtb70", tmp_path)
    assert sequence.truth[0].tolist() == [0, 0, 5, 5]
    assert sequence.official[0].tolist() == [1, 1, 5, 5]
    assert sequence.attributes == {"SV", "MB"}


def test_tc128(tmp_path: Path) -> None:
    trees.write_rows(tmp_path / "Ball" / "Ball_gt.txt", [[1, 1, 5, 5], [2, 1, 5, 5]])
    trees.write(tmp_path / "Ball" / "Ball_frames.txt", "3,4\n")
    trees.pictures(tmp_path / "Ball" / "img", range(1, 6))
    (sequence,) = read("tc128", tmp_path)
    assert [path.name for path in sequence.frames] == ["0003.jpg", "0004.jpg"]
    trees.write(tmp_path / "Ball" / "Ball_frames.txt", "3,5\n")
    with pytest.raises(BenchmarkError, match="2 boxes for frames 3 to 5"):
        read("tc128", tmp_path)


def test_tc128_folders_renamed_for_pytracking(tmp_path: Path) -> None:
    trees.write_rows(tmp_path / "tpl_Ball" / "Ball_gt.txt", [[1, 1, 5, 5], [2, 1, 5, 5]])
    trees.write(tmp_path / "tpl_Ball" / "Ball_frames.txt", "1,2\n")
    (sequence,) = read("tc128", tmp_path)
    assert sequence.name == "tpl_Ball"


@pytest.mark.parametrize(
    ("annotations", "images"),
    [("UAV-benchmark-SOT_v1.0/anno", "UAV-benchmark-S"), ("anno", "data_seq"), ("anno", ".")],
)
def test_uavdt(tmp_path: Path, annotations: str, images: str) -> None:
    trees.write_rows(tmp_path / annotations / "S0101_gt.txt", [[1, 1, 5, 5], [2, 1, 5, 5]])
    trees.pictures(tmp_path / images / "S0101", [1, 2], "img{:06d}.jpg")
    (sequence,) = read("uavdt", tmp_path)
    assert (sequence.name, len(sequence.frames)) == ("S0101", 2)
