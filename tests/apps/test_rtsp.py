"""An RTSP camera that drops out and returns."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from apps import track
from apps.render import Scene
from tests.apps.fakes import clip_frames, first_box
from tests.apps.rtsp_server import RtspServer

SCENE = Scene(width=320, height=192, frames=30, target=(40.0, 30.0))


def test_pictures_arrive_whole() -> None:
    frames = clip_frames(SCENE)
    with RtspServer(frames[:1]) as camera:
        capture = cv2.VideoCapture(camera.url, cv2.CAP_FFMPEG)
        ok, picture = capture.read()
        capture.release()
    assert ok
    assert np.abs(picture.astype(int) - frames[0]).mean() < 5


@pytest.mark.usefixtures("fake_tracker")
def test_track_follows_on_when_the_camera_is_back(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "o.csv"
    with RtspServer(clip_frames(SCENE), fps=40) as camera:
        timers = [
            threading.Timer(seconds, setattr, (camera, "refusing", value))
            for seconds, value in ((1.5, True), (2.2, False))
        ]
        for timer in timers:
            timer.start()
        code = track.main(
            f"--source {camera.url} --init-box {first_box(SCENE)} --headless --max-frames 70 "
            f"--results {results}".split()
        )
        for timer in timers:
            timer.join()
        assert camera.clients >= 2
    out, err = capfd.readouterr()
    assert code == 0, err
    ends = [line.split()[-1] for line in err.splitlines()]
    assert ends[:2] == ["again", "back"]
    assert f"{ends.count('back')} outages" in out
    assert len(results.read_text().splitlines()) == 71
