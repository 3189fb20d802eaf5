"""The painted clip, and the demo that follows its target."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

import tracker
from apps import demo
from apps.render import PaintedScene, Scene
from tests.apps.fakes import SMALL, TemplateTracker, count_frames
from tracker import Box, Estimate
from tracker.box import iou


class Cheat:
    """Knows where the target is, up to a shift."""

    engine = None

    def __init__(self, scene: Scene, shift: float = 0.0) -> None:
        self._painter = PaintedScene(scene)
        self._shift = shift
        self._index = 0

    def init(self, frame: np.ndarray, box: Box) -> None:
        assert box == self._painter.truth(0)

    def update(self, frame: np.ndarray) -> Estimate:
        self._index += 1
        truth = self._painter.truth(self._index)
        box = Box(truth.x + self._shift * truth.w, truth.y, truth.w, truth.h)
        return Estimate(box, 0.9, "tracking")


def test_the_same_scene_gives_the_same_pixels() -> None:
    a, b, other = (PaintedScene(s) for s in (SMALL, SMALL, Scene(width=320, height=180, seed=8)))
    assert (a.frame(5).pixels == b.frame(5).pixels).all()
    assert (a.frame(5).pixels != other.frame(5).pixels).any()
    assert a.frame(3).time_s == pytest.approx(0.1)


@pytest.mark.parametrize("index", [0, 20, 75, 149])
def test_truth_is_where_the_paint_is(index: int) -> None:
    scene = Scene(poles=(), noise=0)
    painter = PaintedScene(scene)
    frame = painter.frame(index).pixels.astype(int)
    # the target alone is orange, white or blue; the ground is greenish
    reddish = frame[..., 2] - frame[..., 1] > 25
    ys, xs = np.nonzero(reddish)
    seen = Box(xs.min(), ys.min(), xs.max() + 1 - xs.min(), ys.max() + 1 - ys.min())
    assert iou(seen, painter.truth(index)) > 0.85


def test_the_target_moves_grows_and_is_hidden_in_part() -> None:
    scene = Scene()
    painter = PaintedScene(scene)
    boxes = [painter.truth(i) for i in range(scene.frames)]
    areas = [box.w * box.h for box in boxes]
    assert max(areas) / min(areas) > 2
    assert boxes[-1].x - boxes[0].x > scene.width / 2
    for box in boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.w <= scene.width
        assert box.y + box.h <= scene.height
    bare = PaintedScene(Scene(poles=(), noise=0))
    with_poles = PaintedScene(Scene(noise=0))
    hidden = []
    for i in range(0, scene.frames, 5):
        x, y, w, h = (round(v) for v in (boxes[i].x, boxes[i].y, boxes[i].w, boxes[i].h))
        part = (slice(y, y + h), slice(x, x + w))
        changed = (bare.frame(i).pixels[part] != with_poles.frame(i).pixels[part]).any(axis=-1)
        hidden.append(changed.mean())
    assert 0.2 < max(hidden) < 0.7
    assert min(hidden) == 0


def test_score_and_files(tmp_path: Path) -> None:
    score = demo.follow_scene(SMALL, Cheat(SMALL), tmp_path / "new")
    assert score.mean_iou == pytest.approx(1)
    assert score.frames == SMALL.frames
    assert score.fps > 0
    assert count_frames(tmp_path / "new" / "demo.mp4") == SMALL.frames
    with (tmp_path / "new" / "demo.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == SMALL.frames
    assert float(rows[9]["x"]) == pytest.approx(PaintedScene(SMALL).truth(9).x, abs=1e-3)


@pytest.mark.parametrize(("shift", "code"), [(0.1, 0), (0.6, 1)])
def test_exit_code_tells_whether_the_target_was_followed(
    shift: float,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(tracker, "load", lambda *_, **__: Cheat(Scene(frames=12), shift))
    assert demo.main(["--frames", "12", "--out", str(tmp_path)]) == code
    out, err = capsys.readouterr()
    expected = (1 - shift) / (1 + shift)
    assert out.startswith(f"demo: 12 frames, mean IoU {expected:.3f}, ")
    assert " fps " in out
    assert len(out.splitlines()) == 1
    assert ("was not followed" in err) == (code == 1)


def test_mistakes_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    for arguments in ("--frames 1", "--model b99", f"--out {tmp_path / 'file'}", "--nonsense"):
        assert demo.main(arguments.split()) == 2, arguments
        out, err = capsys.readouterr()
        assert out == ""
        assert len(err.splitlines()) == 1


def test_the_picture_shows_the_box(tmp_path: Path) -> None:
    demo.follow_scene(SMALL, TemplateTracker(), tmp_path)
    capture = cv2.VideoCapture(str(tmp_path / "demo.mp4"))
    picture = capture.read()[1]
    plain = PaintedScene(SMALL).frame(0).pixels
    assert (np.abs(picture.astype(int) - plain).max(axis=-1) > 60).sum() > 100


def test_packaged_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.main(["--frames", "60", "--threads", "1", "--out", str(tmp_path)]) == 0
    words = capsys.readouterr().out.split()
    assert float(words[words.index("IoU") + 1].rstrip(",")) > demo.LEAST_IOU
