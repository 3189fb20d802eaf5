"""LaSOT, GOT-10k, TrackingNet."""

from pathlib import Path

import numpy as np
import pytest

from eval.benchmarks import read
from eval.benchmarks.lasot_names import EXTENSION, TEST
from eval.errors import BenchmarkError
from tests.eval import trees


def test_lasot_names_are_those_of_its_paper() -> None:
    assert (len(TEST), len(set(TEST)), len({name.split("-")[0] for name in TEST})) == (280, 280, 70)
    assert (len(EXTENSION), len(set(EXTENSION))) == (150, 150)


def test_lasot(tmp_path: Path) -> None:
    folder = trees.lasot(tmp_path, "airplane-9", trees.truth(3), away=[1])
    trees.pictures(folder / "img", range(1, 4), "{:08d}.jpg")
    trees.lasot(tmp_path, "airplane-1", trees.truth(4))
    trees.lasot(tmp_path, "airplane-2", trees.truth(4))
    trees.write(tmp_path / "att" / "airplane-9.txt", "0,1,0,0,0,0,0,0,0,0,0,0,0,1\n")
    first, second = read("lasot", tmp_path)
    assert (first.name, second.name) == ("airplane-1", "airplane-9")
    assert second.frames[2].name == "00000003.jpg"
    assert second.attributes == {"POC", "ARC"}
    assert (second.category, second.origin, second.benchmark) == ("airplane", 1, "lasot")
    assert np.isnan(second.truth[1]).all()
    np.testing.assert_array_equal(second.official, trees.truth(3))
    np.testing.assert_array_equal(second.truth[0], trees.truth(3)[0] - [1, 1, 0, 0])
    assert [each.name for each in read("lasot", tmp_path, "train")] == ["airplane-2"]
    every = [each.name for each in read("lasot", tmp_path, "all")]
    assert every == ["airplane-1", "airplane-2", "airplane-9"]


def test_lasot_passes_over_folders_that_are_no_sequences(tmp_path: Path) -> None:
    for name in ("airplane-10", "airplane-2"):
        trees.lasot(tmp_path, name, trees.truth(3))
    trees.lasot(tmp_path, "airplane-3", trees.truth(3)).rename(tmp_path / "airplane/airplane-old")
    names = [each.name for each in read("lasot", tmp_path, "train")]
    assert names == ["airplane-2", "airplane-10"]


def test_lasot_without_class_folders(tmp_path: Path) -> None:
    folder = trees.lasot(tmp_path, "zebra-10", trees.truth(3))
    folder.rename(tmp_path / "zebra-10")
    assert [each.name for each in read("lasot", tmp_path)] == ["zebra-10"]


def test_lasot_labels_of_another_length(tmp_path: Path) -> None:
    folder = trees.lasot(tmp_path, "airplane-1", trees.truth(3))
    trees.write(folder / "full_occlusion.txt", "0,0")
    with pytest.raises(BenchmarkError, match=r"full_occlusion.txt has 2 labels, .* 3 boxes"):
        read("lasot", tmp_path)


def test_only_monkey_17_may_have_more_pictures_than_boxes(tmp_path: Path) -> None:
    for name in ("monkey-17", "monkey-9"):
        folder = trees.lasot(tmp_path, name, trees.truth(2))
        trees.pictures(folder / "img", range(1, 5), "{:08d}.jpg")
    with pytest.raises(BenchmarkError, match="monkey-9"):
        read("lasot", tmp_path)
    trees.pictures(tmp_path / "monkey" / "monkey-9" / "img", [1], "{:08d}.jpg")
    for number in (3, 4):
        (tmp_path / "monkey" / "monkey-9" / "img" / f"{number:08d}.jpg").unlink()
    assert [len(each.frames) for each in read("lasot", tmp_path)] == [2, 2]


def test_lasot_extension(tmp_path: Path) -> None:
    trees.lasot(tmp_path, "atv-10", trees.truth(2))
    trees.lasot(tmp_path, "airplane-1", trees.truth(2))
    assert [each.name for each in read("lasot-ext", tmp_path)] == ["atv-10"]


def test_got10k_val(tmp_path: Path) -> None:
    folder = trees.got10k(tmp_path, "GOT-10k_Val_000001", trees.truth(3), [8, 0, 4])
    trees.pictures(folder, range(1, 4), "{:08d}.jpg")
    (sequence,) = read("got10k", tmp_path)
    assert (sequence.image_size, sequence.category) == ((320, 240), "duck")
    assert sequence.cover is not None
    assert sequence.cover.tolist() == [8, 0, 4]
    assert sequence.away.tolist() == [False, True, False]
    assert len(sequence.frames) == 3
    assert np.isnan(sequence.truth[1]).all()


def test_got10k_in_the_order_of_its_list_which_must_be_true(tmp_path: Path) -> None:
    for number in (1, 2):
        trees.got10k(tmp_path, f"GOT-10k_Val_00000{number}", trees.truth(2), [8, 8])
    names = ["GOT-10k_Val_000002", "GOT-10k_Val_000001"]
    trees.write(tmp_path / "val" / "list.txt", "\n".join(names) + "\n")
    assert [each.name for each in read("got10k", tmp_path)] == names
    trees.write(tmp_path / "val" / "list.txt", "\n".join([*names, "GOT-10k_Val_000003"]))
    words = "names 3 sequences, 1 have no folder, such as GOT-10k_Val_000003"
    with pytest.raises(BenchmarkError, match=words):
        read("got10k", tmp_path)


def test_got10k_lacking_meta_information(tmp_path: Path) -> None:
    folder = trees.got10k(tmp_path, "GOT-10k_Val_000001", trees.truth(2), [8, 8])
    trees.write(folder / "meta_info.ini", "[METAINFO]\n")
    with pytest.raises(BenchmarkError, match=r"expected a line 'resolution: \(width, height\)'"):
        read("got10k", tmp_path)
    (folder / "meta_info.ini").write_bytes(b"resolution: (320, 240)\nobject_class: caf\xe9\n")
    with pytest.raises(BenchmarkError, match=r"meta_info\.ini is not text"):
        read("got10k", tmp_path)
    (folder / "meta_info.ini").unlink()
    with pytest.raises(BenchmarkError, match=r"expected .*meta_info.ini"):
        read("got10k", tmp_path)


def test_got10k_test_has_one_true_box(tmp_path: Path) -> None:
    folder = tmp_path / "test" / "GOT-10k_Test_000001"
    trees.write(folder / "groundtruth.txt", "1,2,3,4\n")
    trees.pictures(folder, range(1, 6), "{:08d}.jpg")
    (sequence,) = read("got10k", tmp_path, "test")
    assert (len(sequence), len(sequence.frames)) == (5, 5)
    assert sequence.truth[0].tolist() == [1, 2, 3, 4]
    assert np.isnan(sequence.truth[1:]).all()


def test_trackingnet_sorts_pictures_by_number(tmp_path: Path) -> None:
    trees.write(tmp_path / "TEST" / "anno" / "x-y_0.txt", "1,2,3,4\n")
    trees.pictures(tmp_path / "TEST" / "frames" / "x-y_0", range(12), "{}.jpg")
    (sequence,) = read("trackingnet", tmp_path)
    assert [path.stem for path in sequence.frames] == [str(number) for number in range(12)]
    assert np.isnan(sequence.truth[1:]).all()
    assert len(sequence) == 12


def test_trackingnet_half_extracted(tmp_path: Path) -> None:
    trees.write_rows(tmp_path / "TRAIN_0" / "anno" / "a.txt", trees.truth(4))
    assert len(read("trackingnet", tmp_path, "TRAIN_0")[0]) == 4
    trees.pictures(tmp_path / "TRAIN_0" / "frames" / "a", range(3), "{}.jpg")
    with pytest.raises(BenchmarkError, match=r"3 pictures, .* 4 boxes: is the archive half"):
        read("trackingnet", tmp_path, "TRAIN_0")
