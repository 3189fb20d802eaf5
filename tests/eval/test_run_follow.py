"""One contestant on one sequence."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval.benchmarks import read
from eval.errors import BenchmarkError, ContestantError
from eval.follow import follow
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
