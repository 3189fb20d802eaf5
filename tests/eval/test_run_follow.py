"""One contestant on one sequence."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from eval.benchmarks import read
from eval.errors import BenchmarkError, ContestantError
from eval.follow import follow
from eval.picture import read_picture
from eval.sequence import Sequence
from tests.eval.clips import write_clip
from tests.eval.fake_trackers import ANSWERS_NAN, Bright, Moody, Still


@pytest.fixture
def sequence(tmp_path: Path) -> Sequence:
    write_clip(tmp_path, "walk", frames=9)
    return read("folder", tmp_path)[0]


def ticking(*seconds: float) -> Iterator[float]:
    """Tell times such that the k-th stretch between two readings lasts seconds[k]."""
    now = 0.0
    for each in seconds:
        yield now
        now += each
        yield now


def test_follows_from_the_true_box_on(sequence: Sequence) -> None:
    track = follow(Bright(), sequence)
    assert np.array_equal(track.boxes_xywh, sequence.truth)
    assert track.scores.tolist() == [1.0] + [0.75] * 8
    assert (track.seconds > 0).all()


def test_times_are_those_of_init_and_update_alone(sequence: Sequence) -> None:
    clock = ticking(*np.arange(1.0, 10.0)).__next__
    assert follow(Bright(), sequence, clock=clock).seconds.tolist() == list(range(1, 10))


def test_dropped_frames_keep_the_last_answer_and_have_no_time(sequence: Sequence) -> None:
    clock = ticking(0, 0, 0.2, 0.2, 0.2, 0.25, 0).__next__  # the last slow frame is not forgiven
    track = follow(Bright(), sequence, realtime_fps=10, clock=clock)
    assert np.flatnonzero(np.isnan(track.seconds)).tolist() == [6, 7]
    assert np.array_equal(track.boxes_xywh[[6, 7]], sequence.truth[[5, 5]])
    assert np.array_equal(track.boxes_xywh[8], sequence.truth[8])


def test_a_picture_that_cannot_be_read_is_named(sequence: Sequence) -> None:
    sequence.frames[3].write_bytes(b"no picture")
    with pytest.raises(BenchmarkError, match=r"000004\.png is missing or damaged"):
        follow(Still(), sequence)


@pytest.mark.parametrize("ending", [".png", ".jpg"])
def test_a_picture_that_is_cut_off_is_not_filled_up(tmp_path: Path, ending: str) -> None:
    write_clip(tmp_path, "walk", frames=1)
    whole = cv2.imencode(ending, read_picture(tmp_path / "walk" / "img" / "000001.png"))[1]
    path = tmp_path / f"cut{ending}"
    for size in (0, len(whole) // 2, len(whole) - 9):
        path.write_bytes(whole[:size].tobytes())
        with pytest.raises(BenchmarkError, match="missing or damaged"):
            read_picture(path)
    path.write_bytes(whole.tobytes())
    assert read_picture(path).shape == (48, 64, 3)


def test_pictures_in_a_folder_whose_name_is_not_utf_8(tmp_path: Path) -> None:
    write_clip(tmp_path, "walk", frames=3)
    place = tmp_path / "caf\udce9"  # the byte E9
    place.mkdir()
    (tmp_path / "walk").rename(place / "walk")
    (sequence,) = read("folder", place)
    assert np.array_equal(follow(Bright(), sequence).boxes_xywh, sequence.truth)


def test_no_pictures_and_no_first_box_are_errors(sequence: Sequence) -> None:
    with pytest.raises(BenchmarkError, match="no pictures"):
        follow(Still(), replace(sequence, frames=()))
    truth = sequence.truth.copy()
    truth[0] = np.nan
    with pytest.raises(BenchmarkError, match="no true box in its first frame"):
        follow(Still(), replace(sequence, truth=truth))


def test_answers_must_be_numbers(tmp_path: Path) -> None:
    write_clip(tmp_path, "odd", width=ANSWERS_NAN)
    with pytest.raises(ContestantError, match="odd, frame 1"):
        follow(Moody(), read("folder", tmp_path)[0])
