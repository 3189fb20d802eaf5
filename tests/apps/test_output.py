"""Videos, results files, progress: what is written, also when things go wrong."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from apps.command import CommandError
from apps.letterbox import even_size, letterboxed
from apps.live_recorder import LiveRecorder
from apps.progress import Progress
from apps.recorder import Recorder
from apps.results import STDOUT, ResultsFile
from apps.source import Frame, Image
from apps.step_times import StepTimes
from tests.apps.fakes import count_frames
from tracker import Box, Estimate


def gray(level: int, size: tuple[int, int] = (64, 48)) -> Image:
    return np.full((size[1], size[0], 3), level, np.uint8)


@pytest.mark.parametrize("name", ["o.mp4", "o.AVI", "o.mkv", "o.mov", "new/folder/o.mp4"])
def test_every_picture_is_in_the_video(tmp_path: Path, name: str) -> None:
    recorder = Recorder(tmp_path / name, fps=25)
    for level in range(0, 200, 10):
        recorder.write(gray(level))
    assert not (tmp_path / name).exists()  # until it is complete
    recorder.close()
    assert count_frames(tmp_path / name) == 20
    assert [p.name for p in (tmp_path / name).parent.iterdir()] == [Path(name).name]


def test_an_older_video_survives_until_the_new_one_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "o.mp4"
    path.write_bytes(b"older")
    recorder = Recorder(path, fps=25)
    recorder.write(gray(0))
    assert path.read_bytes() == b"older"
    recorder.close()
    assert count_frames(path) == 1


def test_pictures_of_another_size_are_fitted_in(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "o.avi", fps=25)
    for size in ((64, 48), (640, 480), (3, 200), (1, 1)):
        recorder.write(gray(255, size))
    recorder.close()
    capture = cv2.VideoCapture(str(tmp_path / "o.avi"))
    frames = [capture.read()[1] for _ in range(4)]
    assert [f.shape for f in frames] == [(48, 64, 3)] * 4
    assert frames[1].min() > 240
    assert frames[2][:, :28].max() < 40  # a narrow one has black borders
    assert frames[2][:, 31:33].max() > 200


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (641, 359)])
def test_odd_and_tiny_first_pictures(tmp_path: Path, size: tuple[int, int]) -> None:
    recorder = Recorder(tmp_path / "o.mp4", fps=25)
    recorder.write(gray(255, size))
    recorder.close()
    capture = cv2.VideoCapture(str(tmp_path / "o.mp4"))
    frame = capture.read()[1]
    assert (frame.shape[1], frame.shape[0]) == even_size(*size)
    assert frame.max() > 200


def test_letterbox_leaves_a_fitting_picture_alone() -> None:
    picture = gray(9)
    assert letterboxed(picture, (64, 48)) is picture
    padded = letterboxed(gray(9, (63, 47)), (64, 48))
    assert (padded == 9).all(axis=2).sum() == 63 * 47


def test_a_live_recording_runs_at_the_speed_of_life(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "o.avi", fps=10)
    for time_s, level in ((0.0, 0), (0.1, 50), (0.12, 90), (1.0, 250)):
        recorder.write_at(gray(level), time_s)
    recorder.close()
    capture = cv2.VideoCapture(str(tmp_path / "o.avi"))
    levels = []
    while (read := capture.read())[0]:
        levels.append(int(read[1].mean()))
    # one frame came too early to be shown; the last before the gap is held
    assert levels == pytest.approx([0] + [50] * 9 + [250], abs=3)


def test_a_live_recording_keeps_nobody_waiting(tmp_path: Path) -> None:
    recorder = LiveRecorder(tmp_path / "o.avi", fps=30)
    recorder.write_at(gray(0, (1280, 720)), 0.0)
    start = time.monotonic()
    recorder.write_at(gray(50, (1280, 720)), 20.0)  # after an outage: 600 pictures
    for step in range(1, 20):
        recorder.write_at(gray(200, (1280, 720)), 20 + step / 30)
    left_s = time.monotonic() - start
    recorder.close()
    assert left_s < (time.monotonic() - start) / 2
    assert 601 <= count_frames(tmp_path / "o.avi") <= 621  # some came too early


def test_the_last_picture_of_a_live_recording_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Recorder.write

    def slowly(self: Recorder, picture: Image) -> None:
        time.sleep(0.01)
        write(self, picture)

    monkeypatch.setattr(Recorder, "write", slowly)
    recorder = LiveRecorder(tmp_path / "o.avi", fps=30)
    for index in range(60):
        recorder.write_at(gray(0 if index < 59 else 250), index / 30)
    recorder.close()
    capture = cv2.VideoCapture(str(tmp_path / "o.avi"))
    levels = []
    while (read := capture.read())[0]:
        levels.append(int(read[1].mean()))
    assert len(levels) == 60
    assert levels[-1] > 240


def test_a_live_recording_that_fails_says_so(tmp_path: Path) -> None:
    (tmp_path / "o.partial.avi").mkdir()  # in its way
    recorder = LiveRecorder(tmp_path / "o.avi", fps=10)
    recorder.write_at(gray(0), 0.0)
    with pytest.raises(CommandError, match="cannot be written"):
        for index in range(1, 500):
            recorder.write_at(gray(0), index / 10)
            time.sleep(0.01)
    with pytest.raises(CommandError, match="cannot be written"):
        recorder.close()
    LiveRecorder(tmp_path / "p.avi", fps=10).close()  # nothing came
    assert not (tmp_path / "p.avi").exists()


@pytest.mark.parametrize("name", ["o", "o.txt", "o.webm"])
def test_names_that_are_no_video(tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandError, match=name):
        Recorder(tmp_path / name, fps=25)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="cannot be written"):
        Recorder(tmp_path / "file" / "o.mp4", fps=25)
    with pytest.raises(CommandError, match="cannot be written"):
        ResultsFile(tmp_path / "file" / "o.csv")


def test_a_video_that_lost_frames_is_an_error(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "o.avi", fps=25)
    for _ in range(10):
        recorder.write(gray(100))
    recorder.frames += 1  # as if one had not reached the disk
    with pytest.raises(CommandError, match="holds 10 of 11 frames"):
        recorder.close()
    assert not (tmp_path / "o.avi").exists()


def test_nothing_recorded_leaves_nothing(tmp_path: Path) -> None:
    Recorder(tmp_path / "o.avi", fps=25).close()
    assert list(tmp_path.iterdir()) == []


def test_results_are_on_disk_after_every_line(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text("of an earlier run\n")
    results = ResultsFile(path)
    assert path.read_text() == "of an earlier run\n"
    frame = Frame(7, 0.25, gray(0))
    results.write(frame, None)
    assert path.read_text() == "frame,time_s,x,y,w,h,score,state\n"
    results.write(frame, Estimate(Box(1.5, -2.25, 30, 40.125), 0.5, "lost"))
    assert path.read_text().splitlines()[1] == "7,0.2500,1.500,-2.250,30.000,40.125,0.5000,lost"
    results.close()


def test_results_may_go_nowhere() -> None:
    results = ResultsFile(Path("/dev/null"))
    results.write(Frame(0, 0.0, gray(0)), Estimate(Box(1, 2, 3, 4), 0.5, "tracking"))
    results.close()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_results_may_go_to_the_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    results = ResultsFile(STDOUT)
    results.write(Frame(0, 0.0, gray(0)), Estimate(Box(1, 2, 3, 4), 0.5, "tracking"))
    results.close()
    sys.stdout.write("open\n")
    assert capsys.readouterr().out.splitlines()[1:] == [
        "0,0.0000,1.000,2.000,3.000,4.000,0.5000,tracking",
        "open",
    ]


def test_progress_is_for_terminals_only() -> None:
    for stream, total, silent in (
        (io.StringIO(), 10, True),
        (Terminal(), None, True),
        (Terminal(), 10, False),
    ):
        progress = Progress(total, stream)
        progress.update(10)
        progress.close()
        assert (stream.getvalue() == "") == silent


def test_progress_bar_grows() -> None:
    stream = Terminal()
    progress = Progress(4, stream)
    progress.update(1)
    progress.update(4)
    bars = stream.getvalue().split("\r")[1:]
    assert bars[0].count("#") == 8
    assert bars[0].split("] ")[1].startswith("1/4")
    assert bars[-1].count("#") == 30


def test_step_times() -> None:
    times = StepTimes()
    assert times.rate("track") == 0
    for milliseconds in (10, 10, 10, 10, 100):
        times.add("track", milliseconds / 1000)
    times.add("read", 0.14)
    assert times.rate("track") == pytest.approx(100)
    assert times.total_s == pytest.approx(0.28)
    header, track, read = times.table().splitlines()
    assert header.split() == ["step", "median", "ms", "p95", "ms", "share", "count"]
    assert track.split() == ["track", "10.00", "82.00", "50.0%", "5"]
    assert read.split() == ["read", "140.00", "140.00", "50.0%", "1"]
    for _ in range(30):
        times.add("track", 0.001)
    assert times.rate("track") == pytest.approx(1000)  # the last ones count
