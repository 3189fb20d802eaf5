"""`lowtrack profile tracker`, as a user types it; with a network that needs no weights."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import tracker
from apps import profile_run
from apps.cli import main
from apps.model_options import ModelOptions
from apps.profile_start import measure_start
from apps.profile_steps import SteppedTracker
from tests.apps.fakes import clip_frames, first_box, write_video
from tests.apps.mjpeg_server import MjpegServer
from tests.tracker.spot import CARD, BrightSpot, scene
from tracker import Box, SingleObjectTracker, TrackingConfig
from tracker.loading import Model, open_model

ROOT = Path(__file__).resolve().parents[2]


def spot_model() -> Model:
    return Model(CARD, BrightSpot(), "onnx")


@pytest.fixture
def spot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profile_run, "open_model", lambda *_, **__: spot_model())


def profile(*arguments: object) -> int:
    return main(["profile", "tracker", "--starts", "0", *map(str, arguments)])


def small(*arguments: object) -> int:
    return profile("--size", "160x96", "--frames", 9, "--block", 3, *arguments)


def test_the_steps_are_those_of_update() -> None:
    """Also while the target is lost, and looked for in two places."""
    start = Box(60, 60, 24, 24)
    ticks = count()
    stepped = SteppedTracker(spot_model(), clock=lambda: float(next(ticks)))
    whole = SingleObjectTracker(BrightSpot(), TrackingConfig())
    stepped.init(scene(start), start)
    whole.init(scene(start), start)
    empty = np.zeros((240, 320, 3), np.uint8)
    frames = [scene(Box(60 + 3 * step, 60 + step, 24, 24)) for step in range(10)]
    for frame in [*frames, *[empty] * 8, *frames]:
        estimate, seconds = stepped.update(frame)
        assert estimate == whole.update(frame)
        assert seconds == (1, 1, 1, 1)


def test_steps_come_after_the_start() -> None:
    with pytest.raises(ValueError, match="init"):
        SteppedTracker(spot_model()).update(scene(Box(1, 1, 5, 5)))


@pytest.mark.usefixtures("spot")
def test_a_painted_clip_is_profiled(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    out = [tmp_path / "new" / name for name in ("p.json", "p.csv", "p.png")]
    code = small("--targets", 3, "--json", out[0], "--csv", out[1], "--plot", out[2])
    text, errors = capfd.readouterr()
    assert (code, errors) == (0, "")
    for word in (
        "read",
        "crop",
        "network",
        "decode",
        "remember",
        "draw",
        "update x3",
        "p99",
        "jitter",
        "fps",
    ):
        assert word in text, word
    assert "each target beyond the first" in text
    assert f"python {sys.version.split()[0]}" in text
    assert "onnx, cpu" in text
    found = json.loads(out[0].read_text())
    assert found["settings"]["frames"] == 9
    assert found["settings"]["size"] == [160, 96]
    assert found["machine"]["cpu"]
    assert len(found["rounds_ms"]["update"]) == 3
    assert found["ratios"]["update x3"]["rounds"] == 3
    with out[1].open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["frame"]) for row in rows] == list(range(9))
    for row in rows:
        parts = sum(float(row[f"{step}_ms"]) for step in ("crop", "network", "decode", "remember"))
        assert parts == pytest.approx(float(row["steps_ms"]), abs=0.01)
    picture = cv2.imread(str(out[2]))
    assert picture is not None
    assert picture.std() > 5


@pytest.mark.usefixtures("spot")
def test_a_video_of_ones_own_is_profiled(clip: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert profile("--source", clip, "--init-box", first_box(), "--frames", 500) == 0
    text = capfd.readouterr().out
    assert f"{clip}, 320x180: 19 frames" in text  # of 40: 1 to start, 20 to warm up


@pytest.mark.usefixtures("spot")
def test_a_peer_is_measured_in_the_same_run(capfd: pytest.CaptureFixture[str]) -> None:
    assert small("--peer", "mil") == 0
    assert "update / mil: " in capfd.readouterr().out


@pytest.mark.usefixtures("spot")
def test_two_runs_are_compared(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    a, b = tmp_path / "a.json", tmp_path / "b.json"
    assert small("--json", a) == 0
    found = json.loads(a.read_text())
    found["commit"], found["versions"]["numpy"] = "f" * 40, "9.9"
    found["rounds_ms"]["update"] = [2 * ms for ms in found["rounds_ms"]["update"]]
    b.write_text(json.dumps(found))
    capfd.readouterr()
    assert main(["profile", "tracker", "--compare", str(a), str(b)]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert any(line.startswith("numpy: ") and line.endswith("-> 9.9") for line in lines)
    assert any("commit" in line and "ffffffffffff" in line for line in lines)
    (update,) = (line.split() for line in lines if line.startswith("update "))
    assert float(update[1]) == pytest.approx(found["update_ms"]["update"]["median"], abs=0.006)
    assert float(update[3]) == pytest.approx(2, abs=0.01)
    (crop,) = (line.split() for line in lines if line.startswith("crop "))
    assert float(crop[3]) == 1


@pytest.mark.usefixtures("spot")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--source", "nowhere.mp4", "--init-box", "1,1,5,5"], "there is no file or folder"),
        (["--source", "nowhere.mp4"], "--init-box"),
        (["--init-box", "1,1,5,5"], "--source"),
        (["--frames", "0"], "at least 1"),
        (["--size", "12"], "WIDTHxHEIGHT"),
        (["--peer", "nanotrack-v2", "--size", "160x96"], "--peer-weights"),
        (["--peer", "unheard-of"], "choose from"),
        (["--compare", "a.json", "b.json"], "no profile"),
        (["--json", "."], "it is a folder"),
        (["--json", "same", "--csv", "same"], "same would be overwritten"),
        (["--plot", "p"], "p: the name of a picture ends in"),
        (["--plot", "p.mp4"], "p.mp4: the name of a picture ends in"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str], says: str, refused: Callable[[int, str], None]
) -> None:
    refused(profile(*arguments), says)


def test_opencv_keeps_quiet_about_a_mistake(tmp_path: Path) -> None:
    source = tmp_path / "empty.mp4"
    source.touch()
    words = f"{sys.executable} apps/profile.py tracker --source {source} --init-box 1,1,5,5"
    loud = {name: value for name, value in os.environ.items() if not name.startswith("OPENCV")}
    done = subprocess.run(
        words.split(), cwd=ROOT, env=loud, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("lowtrack profile: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.usefixtures("spot")
def test_a_cameras_password_is_not_shown(refused: Callable[[int, str], None]) -> None:
    with MjpegServer(clip_frames()) as camera:
        url = camera.url.replace("//", "//me:secret@")
        code = profile("--source", url, "--init-box", first_box())
    refused(code, f"{camera.url.replace('//', '//***@')} comes at its own pace")


@pytest.mark.usefixtures("spot")
def test_a_clip_too_short_to_warm_up_is_refused(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ramp = np.broadcast_to(np.arange(120, dtype=np.uint8)[:, None], (90, 120, 3)).copy()
    video = write_video(tmp_path / "s.avi", [ramp] * 5)
    assert profile("--source", video, "--init-box", "10,10,20,20") == 2
    assert "5 frames" in capfd.readouterr().err


def test_an_unknown_model_is_one_line(refused: Callable[[int, str], None]) -> None:
    refused(small("--model", "b77"), "b77")


def test_the_start_is_measured_in_a_process_of_its_own() -> None:
    start = measure_start(ModelOptions(model="b0", threads=1), 1)
    assert not start.torch
    assert 0 < start.load_s < start.total_s
    if Path("/proc/self/status").is_file():
        assert start.memory_mb is not None
        assert 30 < start.memory_mb < 250


def test_a_start_that_has_much_to_say_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a pipe holds."""
    monkeypatch.setenv("PYTHONVERBOSE", "1")
    assert measure_start(ModelOptions(threads=1), 1).load_s > 0


def test_a_start_that_fails_says_why() -> None:
    with pytest.raises(tracker.TrackerError, match="no model 'b77'"):
        measure_start(ModelOptions(model="b77"), 1)


def test_the_real_network_in_steps_and_whole() -> None:
    model: Any = open_model("b0", threads=1)
    rng = np.random.default_rng(0)
    frame = rng.integers(0, 256, (180, 320, 3), dtype=np.uint8)
    stepped = SteppedTracker(model)
    whole = SingleObjectTracker(model.runtime, model.card.tracking)
    for each in (stepped, whole):
        each.init(frame, Box(100, 60, 40, 40))
    assert stepped.update(frame)[0] == whole.update(frame)
