"""`lowtrack export`, as a user types it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import tracker
from apps.cli import main
from apps.command import CommandError
from apps.export_clips import Clip, painted_clips, read_clips
from apps.render import PaintedScene, Scene
from tests.tracker.model_folder import write_model
from tests.tracker.spot import scene
from tracker import Box, weights
from tracker.maps import HeadMaps
from tracker.runtime import Pixels

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "b0")


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two short clips on disk, one without a target in its first frame, and one of one frame."""
    root = tmp_path_factory.mktemp("clips")
    for name, frames in (("one", 7), ("two", 7), ("late", 7), ("still", 1)):
        painter = PaintedScene(Scene(width=160, height=96, frames=7, target=(30, 24), poles=()))
        (root / name / "img").mkdir(parents=True)
        lines = []
        for index in range(frames):
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
    rounded = [] if "not compared: openvino bf16" in text else [["openvino", "bf16"]]
    assert rows == [["openvino", "fp32"], *rounded, ["openvino", "int8"]]
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
    said = capfd.readouterr().out
    assert "not compared: fp16: none of these engines runs it" in said
    assert ("openvino    bf16" in said) != ("not compared: openvino bf16: " in said)
    monkeypatch.setattr("apps.export._candidates", lambda _: iter(()))
    assert export(folder, "--out", tmp_path / "other") == 1
    assert "no engine can be compared here: nothing was written" in capfd.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.usefixtures("short")
def test_an_empty_folder_is_filled_also_the_one_it_is_started_in(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert export(folder, "--out", ".", "--engines", "onnx") == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "card.json",
        *weights.read(tmp_path).files,
    }


def test_clips_that_begin_without_a_target_or_end_there_are_left_out(clips: Path) -> None:
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
