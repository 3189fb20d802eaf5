"""Cameras: the newest frame only; drop-outs are borne, told and survived."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import tracker
from apps import open_live, track
from apps.camera_reader import LivePolicy
from apps.live_source import LiveSource
from apps.open_source import open_source
from apps.source import Frame, Image, Outage, SourceBrokeError, SourceError
from apps.video_source import VideoSource
from tests.apps.fakes import clip_frames, count_frames, fake_load, first_box, write_video
from tests.apps.mjpeg_server import MjpegServer

QUICK = LivePolicy(poll_s=0.02, stale_s=0.2, hung_s=0.4, patience_s=2.0, retry_s=(0.01, 0.05))


class FakeCapture:
    """A camera whose every read is a function's answer."""

    def __init__(self, answer: Callable[[], Image | None], *, opened: bool = True) -> None:
        self._answer = answer
        self._opened = opened
        self.released = False

    def isOpened(self) -> bool:  # noqa: N802
        return self._opened

    def read(self) -> tuple[bool, Image | None]:
        pixels = self._answer()
        return pixels is not None, pixels

    def get(self, prop: int) -> float:
        return 0.0

    def release(self) -> None:
        self.released = True


def picture() -> Image:
    return np.zeros((4, 4, 3), np.uint8)


def paced() -> Image:
    time.sleep(0.005)
    return picture()


def live(capture: FakeCapture, reopen: Callable[[], FakeCapture]) -> LiveSource:
    return LiveSource("fake", capture, reopen, QUICK, fps=30.0)


def wait_for_frame(source: LiveSource, limit_s: float = 5.0) -> Frame:
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        item = source.read()
        if isinstance(item, Frame):
            return item
    raise AssertionError("no frame in time")


def test_stale_frames_are_dropped_and_counted() -> None:
    delivered = 0

    def count() -> Image:
        nonlocal delivered
        delivered += 1
        return paced()

    capture = FakeCapture(count)
    source = live(capture, lambda: capture)
    indices: list[int] = []
    while len(indices) < 5:
        indices.append(wait_for_frame(source).index)
        enough = delivered + 6
        while delivered < enough:  # slower than the camera
            time.sleep(0.005)
    source.close()
    assert (np.diff(indices) >= 4).all(), indices
    received, skipped = (int(word) for word in source.notes()[0].split() if word.isdigit())
    assert skipped >= indices[-1] + 1 - len(indices)
    assert received > indices[-1]
    assert capture.released


def test_time_is_the_clocks() -> None:
    capture = FakeCapture(paced)
    source = live(capture, lambda: capture)
    first, begun = wait_for_frame(source), time.monotonic()
    time.sleep(0.3)
    source.read()
    passed = wait_for_frame(source).time_s - first.time_s
    assert 0.2 < passed < time.monotonic() - begun + 0.1
    source.close()


def test_a_camera_that_fails_is_opened_again() -> None:
    answers: list[Image | None] = [picture(), None]  # one frame, then it is gone
    first = FakeCapture(lambda: answers.pop(0))
    attempts: list[FakeCapture] = []

    def reopen() -> FakeCapture:
        attempts.append(FakeCapture(paced, opened=len(attempts) >= 2))
        return attempts[-1]

    source = live(first, reopen)
    assert wait_for_frame(source).index == 0
    outages = []
    while isinstance(item := source.read(), Outage):
        outages.append(item)
    assert isinstance(item, Frame)
    assert item.index >= 1
    assert len(attempts) == 3
    assert first.released
    assert attempts[0].released  # an attempt that failed is closed too
    assert outages[-1].failures >= 1
    assert source.notes()[1].startswith("1 outages, ")
    source.close()


def test_a_reader_that_hangs_is_replaced() -> None:
    gate = threading.Event()

    def hang() -> Image | None:
        gate.wait(10)
        return picture()

    source = live(FakeCapture(hang), lambda: FakeCapture(paced))
    start = time.monotonic()
    wait_for_frame(source)
    assert time.monotonic() - start > 0.3
    gate.set()  # the first reader wakes up late: its frame must not count
    time.sleep(0.05)
    assert source.notes()[-1].endswith("hung readers replaced")
    source.close()


def test_patience_ends() -> None:
    source = live(FakeCapture(lambda: None), lambda: FakeCapture(lambda: None))
    start = time.monotonic()
    with pytest.raises(SourceBrokeError, match=r"fake gave no frame for \d+ s \(\d+ failed"):
        while True:
            assert not isinstance(source.read(), Frame)
    assert time.monotonic() - start > 1.8
    source.close()
    assert "camera" not in {thread.name for thread in threading.enumerate()}


def test_grey_pictures_become_bgr() -> None:
    """As a pipeline gives them that ends in grey."""
    grey = np.full((4, 6), 7, np.uint8)
    source = live(FakeCapture(lambda: grey), lambda: FakeCapture(paced))
    pixels = wait_for_frame(source).pixels
    source.close()
    assert pixels.shape == (4, 6, 3)
    assert (pixels == 7).all()
    assert VideoSource("fake", FakeCapture(lambda: grey), fps=30).read().pixels.shape == (4, 6, 3)  # type: ignore[union-attr]


def test_http_camera_is_live_and_an_http_file_is_not(tmp_path: Path) -> None:
    with MjpegServer(clip_frames()) as camera:
        source = open_source(camera.url, fps=30.0, policy=QUICK)
        assert source.live
        assert source.total is None
        item = source.read()
        while isinstance(item, Outage):
            item = source.read()
        assert isinstance(item, Frame)
        assert item.pixels.shape == (180, 320, 3)
        source.close()
    path = write_video(tmp_path / "a.avi", clip_frames())
    source = open_source(path.as_uri(), fps=30.0, policy=QUICK)
    assert not source.live
    assert source.total == 40
    source.close()


def test_a_camera_that_is_not_there_yet_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    captures = [FakeCapture(paced, opened=n == 3) for n in range(9)]
    monkeypatch.setattr(open_live, "_capture_camera", lambda *_: captures.pop(0))
    monkeypatch.setattr(open_live, "_RETRY_S", 0.01)
    told: list[tuple[str, int]] = []

    def wait(name: str, attempt: int) -> bool:
        told.append((name, attempt))
        return attempt < 9

    patient = replace(QUICK, wait_s=5.0)
    with closing(open_source("/dev/video0", fps=30, policy=patient, wait=wait)) as source:
        assert isinstance(source, LiveSource)
        assert wait_for_frame(source).index == 0
    assert told == [("/dev/video0", 1), ("/dev/video0", 2), ("/dev/video0", 3)]
    captures[:] = [FakeCapture(paced, opened=False) for _ in range(20)]
    with pytest.raises(SourceError, match="camera 0 cannot be opened"):
        open_source("0", fps=30, policy=patient, wait=wait)  # who waits has had enough
    assert len(captures) == 11
    with pytest.raises(SourceError, match="camera 0 cannot be opened"):
        open_source("0", fps=30, policy=QUICK)
    assert len(captures) == 10


def test_track_survives_a_camera_that_drops_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tracker, "load", fake_load)
    video, results = tmp_path / "o.mp4", tmp_path / "o.csv"
    with MjpegServer(clip_frames(), fps=40) as camera:
        off = threading.Timer(1.0, setattr, (camera, "mode", "drop"))
        on = threading.Timer(1.8, setattr, (camera, "mode", "serve"))
        off.start()
        on.start()
        code = track.main(
            f"--source {camera.url} --init-box {first_box()} --headless --max-frames 60 "
            f"--save {video} --results {results}".split()
        )
        off.join()
        on.join()
    out, err = capsys.readouterr()
    assert code == 0, err
    assert camera.connections >= 2
    outages = err.count("waiting, and trying again")
    assert 1 <= outages < 5  # a machine that is busy may have one of its own
    assert err.count("is back") == outages
    assert f"{outages} outages" in out
    rows = [line.split(",") for line in results.read_text().splitlines()[1:]]
    assert len(rows) == 60
    times = [float(row[1]) for row in rows]
    assert times == sorted(times)
    assert max(np.diff(times)) > 0.7  # the outage
    # the video shows the outage in its true length, at the camera's nominal 25 frames a second
    assert count_frames(video) == pytest.approx(25 * times[-1], abs=2)


def test_track_gives_a_camera_up_that_does_not_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tracker, "load", fake_load)
    results = tmp_path / "o.csv"
    with MjpegServer(clip_frames(), fps=40) as camera:
        off = threading.Timer(1.0, setattr, (camera, "mode", "drop"))
        off.start()
        code = track.main(
            f"--source {camera.url} --init-box {first_box()} --headless --patience 1 "
            f"--results {results}".split()
        )
        off.join()
    out, err = capsys.readouterr()
    assert code == 3
    assert err.splitlines()[-1].startswith(f"lowtrack track: {camera.url} gave no frame for ")
    assert "frames received" in out
    assert len(results.read_text().splitlines()) > 10
