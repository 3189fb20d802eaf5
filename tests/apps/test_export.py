"""`lowtrack export`, as a user types it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import tracker
from apps.cli import main
from apps.command import CommandError
from apps.export_clips import Clip, painted_clips, read_clips
from apps.export_follow import moments, success_auc
from apps.export_parity import Parity, compare
from apps.render import PaintedScene, Scene
from apps.source import Image
from tests.tracker.model_folder import write_model
from tests.tracker.spot import CARD, BrightSpot, scene
from tracker import Box, weights
from tracker.loading import Model
from tracker.maps import HeadMaps
from tracker.runtime import Pixels

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "b0")


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two short clips on disk, and one without a target in its first frame."""
    root = tmp_path_factory.mktemp("clips")
    for name in ("one", "two", "late"):
        painter = PaintedScene(Scene(width=160, height=96, frames=7, target=(30, 24), poles=()))
        (root / name / "img").mkdir(parents=True)
        lines = []
        for index in range(7):
            path = root / name / "img" / f"{index + 1:05}.jpg"
            cv2.imwrite(str(path), painter.frame(index).pixels)
            lines.append(",".join(f"{value:.2f}" for value in painter.truth(index)))
        if name == "late":
            lines[0] = "NaN,NaN,NaN,NaN"
        (root / name / "groundtruth.txt").write_text("\n".join(lines) + "\n")
    return root


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Painted clips of a few small frames."""

    def few() -> list[Clip]:
        return painted_clips(frames=7)[:1]

    monkeypatch.setattr("apps.export.painted_clips", few)


def export(*arguments: object) -> int:
    return main(["export", *map(str, arguments), "--threads", "1"])


@pytest.mark.usefixtures("short")
def test_a_model_is_exported_and_every_engine_compared(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "model"
    code = export(folder, "--out", out, "--fp16", "--engines", "onnx")
    text, errors = capfd.readouterr()
    assert (code, errors) == (0, "")
    rows = [line.split()[:2] for line in text.splitlines() if line.startswith("onnx")]
    assert rows == [["onnx", "fp32"], ["onnx", "fp16"]]
    assert f"written: {out / 'match.fp16.onnx'}" in text
    card = weights.read(out)  # all digests fit
    assert set(card.files) == {path.name for path in out.iterdir()} - {"card.json"}
    assert [path.name for path in out.parent.iterdir()] == ["model"]
    t = tracker.load(out, precision="fp16", threads=1)
    t.init(scene(Box(50, 60, 24, 24)), (50, 60, 24, 24))
    assert 0 <= t.update(scene(Box(50, 60, 24, 24))).score <= 1


def test_int8_is_learned_from_clips(folder: Path, clips: Path, tmp_path: Path) -> None:
    pytest.importorskip("nncf")
    pytest.importorskip("openvino")
    out = tmp_path / "model"
    given = ("--int8", "--calibration", clips, "--clips", clips)
    # in a process of its own: after NNCF has run, Python no longer survives a signal
    command = [sys.executable, "-m", "apps.cli", "export", folder, "--out", out, *given]
    done = subprocess.run(
        [*map(str, command), "--engines", "openvino", "--threads", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    code, text, errors = done.returncode, done.stdout, done.stderr
    assert "AUC of the network as it was built, on 2 clips" in text
    rows = [line.split()[:2] for line in text.splitlines() if line.startswith("openvino")]
    assert rows == [["openvino", "fp32"], ["openvino", "int8"]]
    # random weights have no AUC to keep; the gate is tested below
    if code == 0:
        assert weights.read(out).files.keys() >= {"match.int8.xml", "match.int8.bin"}
    else:
        assert "changes AUC" in errors
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["b77"], "no model 'b77'"),
        (["b0", "--int8"], "--calibration"),
        (["b0", "--calibration", "x"], "--int8"),
        (["b0", "--int8", "--calibration", "x"], "give --clips DIR"),
        (["b0", "--clips", "nowhere"], "nowhere"),
        (["b0", "--engines", "onyx"], "choose from"),
        (["b0", "--engines", "tensorrt", "--device", "cpu"], "tensorrt does not work here"),
    ],
)
@pytest.mark.usefixtures("short")
def test_a_mistake_is_one_line_and_leaves_nothing(
    arguments: list[str], says: str, tmp_path: Path, refused: Callable[[int, str], None]
) -> None:
    refused(export(*arguments, "--out", tmp_path / "model"), says)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    assert export("b0", "--out", tmp_path) == 2
    assert "there already" in capfd.readouterr().err
    assert (tmp_path / "mine.txt").read_text() == "precious"


@pytest.mark.usefixtures("short")
def test_an_engine_that_differs_is_an_error_and_nothing_is_written(
    folder: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tracker.runtime.onnx import OnnxRuntime

    real = OnnxRuntime.match

    def shifted(self: OnnxRuntime, memory: Any, searches: Pixels) -> HeadMaps:
        maps = real(self, memory, searches)
        return HeadMaps(maps.score, maps.size * np.float32(1.2), maps.offset + np.float32(0.3))

    monkeypatch.setattr(OnnxRuntime, "match", shifted)
    assert export(folder, "--out", tmp_path / "model", "--engines", "onnx") == 1
    errors = capfd.readouterr().err
    assert "onnx fp32 moves a box by" in errors
    assert "nothing was written" in errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("short")
def test_what_was_not_compared_is_told(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openvino")
    out = tmp_path / "model"
    assert export(folder, "--out", out, "--fp16", "--engines", "openvino") == 0
    assert "not compared: fp16: none of these engines runs it" in capfd.readouterr().out
    monkeypatch.setattr("apps.export._candidates", lambda _: iter(()))
    assert export(folder, "--out", tmp_path / "other") == 1
    assert "no engine can be compared here: nothing was written" in capfd.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


CLOSE = Parity("onnx", "fp32", 100, 0.4, 0.01, 0.02, None)


@pytest.mark.parametrize(
    ("parity", "objection"),
    [
        (CLOSE, None),
        (replace(CLOSE, box_px=0.51), "moves a box by 0.51 px, more than 0.5"),
        (replace(CLOSE, precision="fp16", box_px=0.51), "moves a box"),
        (replace(CLOSE, precision="int8", box_px=50.0), None),
        (replace(CLOSE, auc=0.0049), None),
        (replace(CLOSE, auc=-0.0051), r"changes AUC by -0.0051, more than 0.005"),
        (replace(CLOSE, auc=0.0051), "changes AUC"),
        (replace(CLOSE, precision="int8", auc=-0.0099), None),
        (replace(CLOSE, precision="int8", auc=-0.0101), "more than 0.01"),
        (replace(CLOSE, box_px=float("inf")), "finite"),
    ],
)
def test_what_speaks_against_an_engine(parity: Parity, objection: str | None) -> None:
    found = parity.objection()
    if objection is None:
        assert found is None
    else:
        assert found is not None
        assert objection in found


def spot(runtime: Any = None) -> Model:
    return Model(CARD, runtime or BrightSpot(), "spot")


def white_clip(frames: int = 13) -> Clip:
    boxes = [Box(50.0 + 3 * i, 60.0 + i, 24.0, 24.0) for i in range(frames)]
    return Clip("white", np.array([tuple(b) for b in boxes]), lambda i: scene(boxes[i]))


class Moved(BrightSpot):
    """Half a grid cell off: 8 pixels of the search crop."""

    def match(self, memory: Any, searches: Pixels) -> HeadMaps:
        maps = super().match(memory, searches)
        maps.offset[:, 0] += 0.5
        return maps


def test_differences_are_in_pixels_of_the_frame() -> None:
    clip = white_clip()
    seen = moments(spot(), [clip], 100)
    assert len(seen) == 4  # every third of the twelve after the first
    same = compare(spot(), "fp32", seen, [clip], success_auc(spot(), [clip]))
    assert (same.box_px, same.score, same.auc) == (0, 0, 0)
    moved = compare(spot(Moved()), "fp32", seen, [clip], success_auc(spot(), [clip]))
    # the crop is four targets wide, 96 pixels on 256: eight of its pixels are three of the frame
    assert moved.box_px == pytest.approx(3, abs=0.2)
    assert moved.auc is not None
    assert moved.auc < -0.05


class Senseless(BrightSpot):
    def match(self, memory: Any, searches: Pixels) -> HeadMaps:
        maps = super().match(memory, searches)
        return HeadMaps(maps.score * np.float32(np.nan), maps.size, maps.offset)


def test_answers_that_are_not_finite_are_told() -> None:
    parity = compare(spot(Senseless()), "fp16", moments(spot(), [white_clip()], 9), [], None)
    assert parity.objection() == "answers with something else than finite numbers"


def test_auc_of_a_perfect_tracker_is_nearly_one() -> None:
    clip = white_clip()
    clip.truth[5] = np.nan  # not known there: not counted
    assert success_auc(spot(), [clip]) > 0.85
    assert success_auc(spot(Moved()), [clip]) < 0.8


def test_clips_that_begin_without_a_target_are_left_out(clips: Path) -> None:
    found = read_clips(clips)
    assert sorted(clip.name for clip in found) == ["one", "two"]
    assert found[0].frame(3).shape == (96, 160, 3)
    assert len(list(found[0].frames())) == 6


def test_clips_that_all_begin_without_a_target_are_refused(clips: Path, tmp_path: Path) -> None:
    shutil.copytree(clips / "one", tmp_path / "one")
    truth = tmp_path / "one" / "groundtruth.txt"
    truth.write_text("\n".join(["nan,nan,nan,nan", *truth.read_text().splitlines()[1:]]))
    with pytest.raises(CommandError, match="begins with a target"):
        read_clips(tmp_path)


def test_no_clip_is_followed_longer_than_needed() -> None:
    read = []

    def frame(index: int) -> Image:
        read.append(index)
        return white_clip().frame(index % 13)

    clip = replace(white_clip(50), frame=frame)
    assert len(moments(spot(), [clip, clip], 4)) == 4
    assert sorted(set(read)) == list(range(7))


def test_run_as_files(tmp_path: Path) -> None:
    for name in ("export", "doctor"):
        process = subprocess.run(
            [sys.executable, str(ROOT / "apps" / f"{name}.py"), "--help"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stderr
