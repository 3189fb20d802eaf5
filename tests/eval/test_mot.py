import importlib.util
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from eval.errors import ProtocolError, ResultsError
from eval.mot import score_targets
from eval.score import score_folder
from tests.eval import trees

FRAMES = 10
Floats = NDArray[np.float64]

needs_trackeval = pytest.mark.skipif(
    importlib.util.find_spec("trackeval") is None,
    reason="TrackEval (extra eval) is not installed",
)


def _walkers() -> Floats:
    """Two targets that walk past each other: frame, id, x, y, w, h, confidence."""
    rows = []
    for frame in range(1, FRAMES + 1):
        rows.append([frame, 1, 10 + 20 * frame, 50, 40, 80, 1])
        rows.append([frame, 2, 410 - 20 * frame, 200, 40, 80, 1])
    return np.array(rows, dtype=np.float64)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "MOT17" / "train" / "MOT17-02-SDP"
    info = f"[Sequence]\nname=MOT17-02-SDP\nseqLength={FRAMES}\nimWidth=640\nimHeight=480\n"
    trees.write(folder / "seqinfo.ini", info)
    gt = [[*row[:7], 1, 1] for row in _walkers().tolist()]
    gt.append([1, 9, 300, 300, 40, 80, 0, 8, 1])  # a distractor, which does not count
    trees.write_rows(folder / "gt" / "gt.txt", gt)
    return tmp_path / "MOT17"


def _result(tmp_path: Path, rows: Floats) -> Path:
    lines = [[*row, -1, -1, -1] for row in rows.tolist()]
    return trees.write_rows(tmp_path / "results" / "ours" / "MOT17-02-SDP.txt", lines).parent


@needs_trackeval
def test_perfect_tracking(root: Path, tmp_path: Path) -> None:
    scores = score_targets(root, _result(tmp_path, _walkers()))
    for value in ("hota", "deta", "assa", "mota", "idf1"):
        assert scores.overall[value] == pytest.approx(1)
    assert scores.overall["switches"] == 0
    assert scores.protocol == "mot"
    assert scores.curves["hota"].shape == scores.thresholds["hota"].shape == (19,)
    assert scores.sequences["MOT17-02-SDP"].frames == FRAMES


@needs_trackeval
def test_videos_without_a_result_are_left_out_if_that_is_asked_for(
    root: Path, tmp_path: Path
) -> None:
    shutil.copytree(root / "train" / "MOT17-02-SDP", root / "train" / "MOT17-04-SDP")
    results = _result(tmp_path, _walkers())
    with pytest.raises(ResultsError, match=r"no result file .*MOT17-04-SDP.txt"):
        score_folder("motchallenge", root, results)
    scores = score_folder("motchallenge", root, results, partial=True)
    assert list(scores.sequences) == ["MOT17-02-SDP"]
    assert scores.dropped == {"MOT17-04-SDP": "no result"}
    assert scores.overall["hota"] == pytest.approx(1)
    with pytest.raises(ResultsError, match="no result for any of 2 videos"):
        score_targets(root, tmp_path, partial=True)


@needs_trackeval
def test_a_switch_of_identities_costs_association_not_detection(root: Path, tmp_path: Path) -> None:
    rows = _walkers()
    late = rows[:, 0] > FRAMES / 2
    rows[late, 1] = 3 - rows[late, 1]
    overall = score_targets(root, _result(tmp_path, rows)).overall
    assert overall["deta"] == pytest.approx(1)
    assert overall["switches"] == 2
    assert overall["mota"] == pytest.approx(1 - 2 / 20)
    assert overall["idf1"] == pytest.approx(0.5)
    assert overall["assa"] == pytest.approx(1 / 3)
    assert overall["hota"] == pytest.approx(np.sqrt(1 / 3))


@needs_trackeval
def test_misses_false_positives_and_forgiven_distractors(root: Path, tmp_path: Path) -> None:
    rows = _walkers()[1:]
    rows = np.vstack([rows, [1, 7, 300, 300, 40, 80, 1], [2, 8, 500, 400, 20, 20, 1]])
    overall = score_targets(root, _result(tmp_path, rows)).overall
    assert (overall["misses"], overall["false_positives"]) == (1, 1)
    assert overall["mota"] == pytest.approx(1 - 2 / 20)


@needs_trackeval
def test_through_the_command_s_function(root: Path, tmp_path: Path) -> None:
    results = _result(tmp_path, _walkers())
    assert score_folder("motchallenge", root.parent, results).overall["hota"] == pytest.approx(1)


@needs_trackeval
def test_an_empty_result_is_a_miss_of_all(root: Path, tmp_path: Path) -> None:
    overall = score_targets(root, _result(tmp_path, np.empty((0, 7)))).overall
    assert overall["misses"] == 20
    assert overall["hota"] == 0


@needs_trackeval
def test_what_trackeval_would_choke_on(root: Path, tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"no result file .*MOT17-02-SDP.txt"):
        score_targets(root, tmp_path)
    rows = _walkers()
    with pytest.raises(ResultsError, match="frames must lie between 1 and 10"):
        score_targets(root, _result(tmp_path, rows + np.array([5, 0, 0, 0, 0, 0, 0])))
    with pytest.raises(ResultsError, match="an id occurs twice in one frame"):
        score_targets(root, _result(tmp_path, np.vstack([rows, rows[:1]])))
    trees.write(tmp_path / "results" / "ours" / "MOT17-02-SDP.txt", "1,1,x,1,1,1\n")
    with pytest.raises(ResultsError, match=r"not a file of targets: .*MOT17-02-SDP.txt:1"):
        score_targets(root, tmp_path / "results" / "ours")
    (tmp_path / "results" / "ours" / "MOT17-02-SDP.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(ResultsError, match="is not text"):
        score_targets(root, tmp_path / "results" / "ours")


def test_says_what_to_install(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trackeval", None)
    with pytest.raises(ProtocolError, match=r"pip install 'lowtrack\[eval\]'"):
        score_targets(root, _result(tmp_path, _walkers()))
