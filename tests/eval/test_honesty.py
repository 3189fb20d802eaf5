"""What a tracker says of its boxes, and what they are."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from eval.benchmarks import read
from eval.contestant import Image
from eval.errors import ContestantError
from eval.honesty import Said, believed, count, listen, runs
from eval.sequence import Sequence
from tests.eval.clips import write_clips
from tests.eval.fake_trackers import Bright, Still
from tracker import Box


def sequence(truth: list[list[float]]) -> Sequence:
    frames = tuple(Path(f"{index}.png") for index in range(len(truth)))
    return Sequence("walk", frames, np.array(truth, dtype=float))


def names(parts: list[Sequence]) -> list[str]:
    return ["".join(frame.stem for frame in part.frames) for part in parts]


NOT_THERE = [np.nan] * 4
WALK = sequence([[index, 0.0, 5.0, 5.0] for index in range(7)])


def test_a_run_goes_from_its_start_to_the_end() -> None:
    assert names(list(runs(WALK))) == ["0123456"]
    assert names(list(runs(WALK, 3))) == ["0123456", "23456", "456"]
    assert names(list(runs(WALK, 2, backwards=True))) == ["0123456", "3456", "6543210", "3210"]
    assert names(list(runs(WALK, 2, backwards=True, every=2))) == ["0246", "46", "6420", "20"]
    (part,) = list(runs(WALK, 1))
    np.testing.assert_array_equal(part.truth, WALK.truth)


def test_a_run_begins_where_the_target_is_seen() -> None:
    hiding = sequence([NOT_THERE, [1, 1, 5, 5], [1, 1, 0, 5], NOT_THERE, [2, 1, 5, 5], NOT_THERE])
    parts = list(runs(hiding, 2, backwards=True))
    assert names(parts) == ["12345", "45", "43210", "10"]
    # what has no area is no target either
    assert np.isnan(parts[0].truth).all(axis=1).tolist() == [False, True, True, False, True]


def test_where_nothing_is_left_to_follow_there_is_no_run() -> None:
    assert list(runs(sequence([NOT_THERE, NOT_THERE]))) == []
    assert list(runs(sequence([NOT_THERE, [1, 1, 5, 5]]))) == []


@dataclass
class Claim:
    box: Box
    state: str
    score: float = 0.5


class Boastful(Still):
    """Never moves, and always says that it is right."""

    def update(self, frame: Image) -> Claim:  # type: ignore[override]
        return Claim(self.last, "tracking")


class Modest(Bright):
    """Is always right, and always says the same of it."""

    def __init__(self, words: str = "uncertain") -> None:
        self.words = words

    def update(self, frame: Image) -> Claim:  # type: ignore[override]
        return Claim(super().update(frame).box, self.words)


def test_claims_are_held_against_the_truth(tmp_path: Path) -> None:
    (clip,) = read("folder", write_clips(tmp_path, 1))
    said = [listen(tracker, clip) for tracker in (Boastful(), Modest())]
    # the square of 12 pixels goes 2 to the right in a frame, and down and up
    assert said[0].overlaps[0] == pytest.approx(110 / 178)
    assert said[0].overlaps[-1] == 0
    assert said[1].overlaps == pytest.approx(np.ones(7))
    counts = count(said)
    assert {kind: sum(states.values()) for kind, states in counts.items()} == {
        "good": 1 + 7,
        "fair": 3,
        "bad": 3,
        "absent": 0,
    }
    assert counts["good"] == {"tracking": 1, "uncertain": 7, "lost": 0}
    assert counts["bad"] == {"tracking": 3, "uncertain": 0, "lost": 0}
    assert believed(counts) == pytest.approx(1 / 7)


def test_limits_belong_to_the_better_side_and_absence_is_a_kind_of_its_own() -> None:
    said = Said(np.array([0.5, 0.499, 0.1, 0.099, np.nan]), ("lost",) * 5)
    counts = count([said])
    assert [counts[kind]["lost"] for kind in ("good", "fair", "bad", "absent")] == [1, 2, 1, 1]
    assert believed(counts) is None


def test_who_says_nothing_is_told(tmp_path: Path) -> None:
    (clip,) = read("folder", write_clips(tmp_path, 1))
    for tracker in (Bright(), Modest("maybe")):
        with pytest.raises(ContestantError, match="says none of tracking, uncertain, lost"):
            listen(tracker, clip)
