"""OTB, UAV123 and its kin, NfS, VOT, DAVIS, MOTChallenge."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from eval.benchmarks import read
from eval.benchmarks.motchallenge import read_videos
from eval.benchmarks.otb_names import OTB2013, TB50, TB100
from eval.errors import BenchmarkError
from eval.protocols import score
from tests.eval import trees


def test_otb_versions_have_their_numbers_of_targets(tmp_path: Path) -> None:
    assert (len(TB100), len(TB50), len(OTB2013)) == (98, 49, 50)
    for name in TB100:
        for number in ("", ".1", ".2"):
            trees.write_rows(tmp_path / name / f"groundtruth_rect{number}.txt", trees.truth(7))
    assert len(read("otb", tmp_path)) == 100
    assert len(read("otb", tmp_path, "otb50")) == 50
    assert len(read("otb", tmp_path, "otb2013")) == 51


def test_otb_odd_starts(tmp_path: Path) -> None:
    trees.write_rows(tmp_path / "David" / "groundtruth_rect.txt", trees.truth(3))
    trees.pictures(tmp_path / "David" / "img", range(1, 310))
    trees.write_rows(tmp_path / "BlurCar3" / "groundtruth_rect.txt", trees.truth(2), "\t")
    trees.pictures(tmp_path / "BlurCar3" / "img", [3, 4])
    trees.write_rows(tmp_path / "Board" / "groundtruth_rect.txt", trees.truth(2), " ")
    trees.pictures(tmp_path / "Board" / "img", [1, 2], "{:05d}.jpg")
    blur, board, david = read("otb", tmp_path)
    assert [path.name for path in david.frames] == ["0300.jpg", "0301.jpg", "0302.jpg"]
    assert [path.name for path in blur.frames] == ["0003.jpg", "0004.jpg"]
    assert [path.name for path in board.frames] == ["00001.jpg", "00002.jpg"]
    assert david.origin == 1


@pytest.mark.parametrize("protocol", ["otb", "pysot", "pytracking"])
def test_otb_s_tiger1_begins_with_its_sixth_frame_as_in_the_toolkits(
    tmp_path: Path, protocol: str
) -> None:
    trees.write_rows(tmp_path / "Tiger1" / "groundtruth_rect.txt", trees.truth(12))
    trees.pictures(tmp_path / "Tiger1" / "img", range(1, 13))
    (tiger,) = read("otb", tmp_path)
    assert [tiger.frames[0].name, tiger.frames[-1].name] == ["0006.jpg", "0012.jpg"]
    np.testing.assert_array_equal(tiger.official, trees.truth(12)[5:])
    late, early = trees.truth(12)[5:], trees.truth(12)
    for boxes in (late, early, np.stack([early, early])):  # some frameworks begin with the first
        found = score([tiger], {"Tiger1": boxes}, protocol)
        assert found.overall["precision"] == 1
        assert found.sequences["Tiger1"].frames == 7


def test_otb_two_targets_share_their_pictures(tmp_path: Path) -> None:
    for number in (1, 2):
        trees.write_rows(
            tmp_path / "Jogging" / f"groundtruth_rect.{number}.txt", trees.truth(2, number)
        )
    trees.pictures(tmp_path / "Jogging" / "img", [1, 2])
    trees.write(tmp_path / "Human4" / "groundtruth_rect.1.txt", "")
    trees.write_rows(tmp_path / "Human4" / "groundtruth_rect.2.txt", trees.truth(2))
    human, one, two = read("otb", tmp_path)
    assert (human.name, one.name, two.name) == ("Human4-2", "Jogging-1", "Jogging-2")
    assert one.frames == two.frames
    assert (one.truth != two.truth).any()


def test_otb_missing_pictures_and_attributes(tmp_path: Path) -> None:
    trees.write_rows(tmp_path / "Deer" / "groundtruth_rect.txt", [[5, 5, 9, 9], [0, 0, 0, 0]])
    trees.write(tmp_path / "anno" / "att" / "Deer.txt", "1,0,0,0,0,1,0,0,0,0,0\n")
    (deer,) = read("otb", tmp_path)
    assert deer.attributes == {"IV", "MB"}
    assert np.isnan(deer.truth[1]).all()
    trees.pictures(tmp_path / "Deer" / "img", [1, 3])
    with pytest.raises(BenchmarkError, match="lacks 1 of the pictures 1 to 2, such as number 2"):
        read("otb", tmp_path)
    trees.write(tmp_path / "anno" / "att" / "Deer.txt", "1,0\n")
    with pytest.raises(BenchmarkError, match="has 2 labels"):
        read("otb", tmp_path)


def test_uav123_parts_of_videos(tmp_path: Path) -> None:
    anno = tmp_path / "anno" / "UAV123"
    trees.write(anno / "bird1_2.txt", "10,10,5,5\nNaN,NaN,NaN,NaN\n")
    trees.write_rows(anno / "car1_s.txt", trees.truth(2))
    trees.write(anno / "att" / "bird1_2.txt", "1,0,0,0,0,0,0,0,0,0,0,1\n")
    trees.pictures(tmp_path / "data_seq" / "UAV123" / "bird1", range(770, 780), "{:06d}.jpg")
    trees.pictures(tmp_path / "data_seq" / "UAV123" / "car1_s", [1, 2], "{:06d}.jpg")
    bird, car = read("uav123", tmp_path)
    assert [path.stem for path in bird.frames] == ["000775", "000776"]
    assert bird.attributes == {"SV", "SOB"}
    assert np.isnan(bird.truth[1]).all()
    assert [path.parent.name for path in car.frames] == ["car1_s", "car1_s"]


def test_uav20l_and_10fps(tmp_path: Path) -> None:
    trees.write_rows(tmp_path / "anno" / "UAV20L" / "uav1.txt", trees.truth(2))
    trees.pictures(tmp_path / "data_seq" / "UAV123" / "uav1", [1, 2, 3], "{:06d}.jpg")
    (long,) = read("uav20l", tmp_path)
    assert [path.stem for path in long.frames] == ["000001", "000002"]
    slow = tmp_path / "data_seq" / "UAV123_10fps" / "uav1"
    trees.write_rows(tmp_path / "anno" / "UAV123_10fps" / "uav1_3.txt", trees.truth(2))
    trees.pictures(slow, range(820, 830), "{:06d}.jpg")
    (part,) = read("uav123-10fps", tmp_path)
    assert [path.stem for path in part.frames] == ["000825", "000826"]


def _vatic(path: Path, rows: int, step: int = 1) -> None:
    lines = [
        f'0 {i} 2 {i + 10} 22 {i * step} {int(i == 3)} 0 0 "ball"\n'
        for i in range(0, rows * step, step)
    ]
    trees.write(path, "".join(lines))


def test_nfs(tmp_path: Path) -> None:
    _vatic(tmp_path / "ball" / "30" / "ball.txt", 5)
    trees.pictures(tmp_path / "ball" / "30" / "ball", range(1, 7), "{:05d}.jpg")
    (ball,) = read("nfs", tmp_path)
    assert (len(ball), len(ball.frames)) == (5, 5)
    assert ball.truth[2].tolist() == [2, 2, 10, 20]
    assert np.isnan(ball.truth[3]).all()


@pytest.mark.parametrize("pictured", [True, False])
def test_nfs_keeps_every_eighth_line_of_240(tmp_path: Path, *, pictured: bool) -> None:
    _vatic(tmp_path / "ball" / "30" / "ball.txt", 40)
    _vatic(tmp_path / "ball" / "240" / "ball.txt", 40)
    if pictured:
        trees.pictures(tmp_path / "ball" / "30" / "ball", range(1, 6), "{:05d}.jpg")
    (ball,) = read("nfs", tmp_path)
    assert ball.truth[:, 0].tolist() == [0, 8, 16, 24, 32]
    assert len(read("nfs", tmp_path, "240")[0]) == 40


def test_nfs_damaged(tmp_path: Path) -> None:
    trees.write(tmp_path / "ball" / "30" / "ball.txt", "0 1 2 3\n")
    with pytest.raises(BenchmarkError, match="damaged annotation"):
        read("nfs", tmp_path)
    (tmp_path / "ball" / "30" / "ball.txt").write_bytes(b'0 1 2 3 4 5 0 0 0 "b\xe4ll"\n')
    with pytest.raises(BenchmarkError, match=r"ball\.txt is not text"):
        read("nfs", tmp_path)


def test_vot_polygons_tags_and_order(tmp_path: Path) -> None:
    trees.write(tmp_path / "list.txt", "b\na\n")
    trees.write(tmp_path / "a" / "groundtruth.txt", "1,2,3,4\n5,6,7,8\n")
    trees.write(tmp_path / "b" / "groundtruth.txt", "0,5,5,0,10,5,5,10\n" * 2)
    trees.pictures(tmp_path / "b" / "color", [1, 2], "{:08d}.jpg")
    trees.pictures(tmp_path / "a", [1, 2], "{:08d}.jpg")
    trees.write(tmp_path / "b" / "occlusion.tag", "0\n1\n")
    trees.write(tmp_path / "b" / "size_change.tag", "0\n0\n")
    b, a = read("vot", tmp_path)
    assert (a.name, len(a.frames), b.name, len(b.frames)) == ("a", 2, "b", 2)
    assert b.truth[0].tolist() == [0, 0, 10, 10]
    assert b.attributes == {"occlusion"}


def test_vot_masks_in_a_workspace(tmp_path: Path) -> None:
    # 4 x 3 pixels at (10, 20): .##. / .#.. / ....
    trees.write(
        tmp_path / "sequences" / "a" / "groundtruth.txt", "m10,20,4,3,1,2,2,1,6\nm0,0,2,2,4\n"
    )
    trees.write(tmp_path / "sequences" / "list.txt", "a\n")
    (a,) = read("vot", tmp_path)
    assert a.truth[0].tolist() == [11, 20, 2, 2]
    assert np.isnan(a.truth[1]).all()


def test_vot_mask_with_a_run_over_the_end_of_a_line(tmp_path: Path) -> None:
    trees.write(tmp_path / "a" / "groundtruth.txt", "m0,0,4,3,3,2,7\n")
    (a,) = read("vot", tmp_path)
    assert a.truth[0].tolist() == [0, 0, 4, 2]


def test_vot_long_term_absence_and_damage(tmp_path: Path) -> None:
    trees.write(tmp_path / "a" / "groundtruth.txt", "1,2,3,4\nnan,nan,nan,nan\n")
    (a,) = read("vot-lt", tmp_path)
    assert np.isnan(a.truth[1]).all()
    trees.write(tmp_path / "a" / "groundtruth.txt", "1,2,3,4\n1,2,3,4,5\n")
    with pytest.raises(BenchmarkError, match=r"groundtruth.txt:2: 5 numbers are no rectangle"):
        read("vot-lt", tmp_path)
    trees.write(tmp_path / "list.txt", "a\nb\n")
    trees.write(tmp_path / "a" / "groundtruth.txt", "1,2,3,4\n")
    with pytest.raises(BenchmarkError, match=r"expected the annotation .*b.groundtruth.txt"):
        read("vot-lt", tmp_path)


def _mask(path: Path, image: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image)


def test_vot_names_with_blanks_and_lists_that_are_no_text(tmp_path: Path) -> None:
    trees.write(tmp_path / "my clip" / "groundtruth.txt", "1,2,3,4\n")
    trees.write(tmp_path / "list.txt", "my clip\n")
    assert [each.name for each in read("vot", tmp_path)] == ["my clip"]
    (tmp_path / "list.txt").write_bytes(b"caf\xe9\n")
    with pytest.raises(BenchmarkError, match=r"list\.txt is not text"):
        read("vot", tmp_path)


def test_davis_objects_and_single(tmp_path: Path) -> None:
    first, second = np.zeros((8, 10, 3), np.uint8), np.zeros((8, 10, 3), np.uint8)
    first[2:4, 3:6] = (0, 0, 128)  # object 1: dark red, in BGR
    second[2:4, 3:7] = (0, 0, 128)
    second[6:8, 0:2] = (0, 128, 0)  # object 2 comes later
    for index, image in enumerate((first, second)):
        _mask(tmp_path / "Annotations" / "480p" / "cat" / f"{index:05d}.png", image)
    trees.pictures(tmp_path / "JPEGImages" / "480p" / "cat", [0, 1], "{:05d}.jpg")
    trees.write(tmp_path / "ImageSets" / "2017" / "val.txt", "cat\n")
    trees.write(tmp_path / "ImageSets" / "2016" / "val.txt", "cat\n")
    one, two = read("davis", tmp_path)
    assert (one.name, two.name, one.image_size) == ("cat_1", "cat_2", (10, 8))
    assert one.truth.tolist() == [[3, 2, 3, 2], [3, 2, 4, 2]]
    assert two.truth.tolist() == [[0, 6, 2, 2]]
    assert [path.stem for path in two.frames] == ["00001"]
    (single,) = read("davis", tmp_path, "val-2016")
    assert single.truth.tolist() == [[3, 2, 3, 2], [0, 2, 7, 6]]


def test_davis_black_and_white_and_broken_masks(tmp_path: Path) -> None:
    image = np.zeros((8, 10), np.uint8)
    image[1:3, 1:3] = 255
    _mask(tmp_path / "Annotations" / "480p" / "cat" / "00000.png", image)
    trees.write(tmp_path / "ImageSets" / "2017" / "val.txt", "cat\n")
    assert read("davis", tmp_path)[0].truth.tolist() == [[1, 1, 2, 2]]
    trees.write(tmp_path / "Annotations" / "480p" / "cat" / "00001.png", "no picture")
    with pytest.raises(BenchmarkError, match=r"picture .*00001.png is missing or damaged"):
        read("davis", tmp_path)


INFO = "[Sequence]\nname=V\nseqLength=4\nimWidth=640\nimHeight=480\n"


def test_motchallenge_targets_alone(tmp_path: Path) -> None:
    folder = tmp_path / "train" / "MOT17-02"
    trees.write(folder / "seqinfo.ini", INFO)
    rows = [
        [1, 7, 11, 11, 5, 5, 1, 1, 1],
        [3, 7, 13, 11, 5, 5, 1, 1, 1],
        [1, 9, 50, 50, 5, 5, 0, 8, 1],
    ]
    trees.write_rows(folder / "gt" / "gt.txt", rows)
    trees.pictures(folder / "img1", range(1, 5), "{:06d}.jpg")
    (target,) = read("motchallenge", tmp_path)
    assert (target.name, len(target), target.image_size) == ("MOT17-02-7", 3, (640, 480))
    assert target.truth[0].tolist() == [10, 10, 5, 5]
    assert np.isnan(target.truth[1]).all()
    assert [path.stem for path in target.frames] == ["000001", "000002", "000003"]
    (video,) = read_videos(tmp_path)
    assert (video.length, video.rows.shape) == (4, (3, 9))


@pytest.mark.parametrize(
    ("info", "gt", "words"),
    [
        (INFO.replace("seqLength", "length"), "1,1,1,1,5,5,1,1,1\n", "'seqLength=NUMBER'"),
        (INFO, "1,1,1,1,5\n", "gt.txt:1: expected 6 to 10 numbers, found 5"),
        (INFO, "1,1,1,1,5,x\n", "gt.txt:1: could not convert"),
        (INFO, "4,1,1,1,5,5\n5,1,1,1,5,5\n", "gt.txt:2: frames must lie between 1 and 4"),
        (INFO, "0,1,1,1,5,5\n", "gt.txt:1: frames must lie between 1 and 4"),
    ],
)
def test_motchallenge_damaged(tmp_path: Path, info: str, gt: str, words: str) -> None:
    folder = tmp_path / "train" / "V"
    trees.write(folder / "seqinfo.ini", info)
    trees.write(folder / "gt" / "gt.txt", gt)
    with pytest.raises(BenchmarkError, match=words):
        read("motchallenge", tmp_path)
    (folder / "gt" / "gt.txt").unlink()
    if "seqLength" in info:
        with pytest.raises(BenchmarkError, match=r"expected .*gt.txt, it is not there"):
            read("motchallenge", tmp_path)
