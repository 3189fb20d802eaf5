"""`lowtrack track` as a process: how it ends, what it leaves, what it imports."""

from __future__ import annotations

import os
import pty
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from apps import window
from apps.command import CommandError
from tests.apps.fakes import clip_frames, count_frames, first_box
from tests.apps.mjpeg_server import MjpegServer

ROOT = Path(__file__).resolve().parents[2]
FAKE = ROOT / "tests" / "apps" / "fake_track.py"


def start(script: Path | str, arguments: str, **env: str) -> subprocess.Popen[str]:
    without_display = {k: v for k, v in os.environ.items() if "DISPLAY" not in k}
    return subprocess.Popen(
        [sys.executable, str(script), *arguments.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=without_display | env,
    )


def wait_for_rows(path: Path, count: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if path.exists() and path.read_text().count("\n") > count:
            return
        time.sleep(0.02)
    raise AssertionError(f"{path} has no {count} rows in time")


def run_until_rows(folder: Path, rows: int, number: int) -> tuple[int, str, str]:
    """Follow a camera, send a signal after some rows; return exit code, stdout, stderr."""
    with MjpegServer(clip_frames(), fps=100) as camera:
        process = start(
            FAKE,
            f"--source {camera.url} --init-box {first_box()} --headless "
            f"--save {folder / 'o.mp4'} --results {folder / 'o.csv'}",
        )
        wait_for_rows(folder / "o.csv", rows)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    return process.returncode, out, err


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_interrupts_leave_a_playable_video_and_a_summary(
    tmp_path: Path, number: int, code: int
) -> None:
    returned, out, err = run_until_rows(tmp_path, 20, number)
    assert returned == code, err
    assert err == ""
    assert "frames: " in out
    lines = (tmp_path / "o.csv").read_text().splitlines()
    assert len(lines) > 20
    assert all(line.count(",") == 7 for line in lines)
    assert count_frames(tmp_path / "o.mp4") > 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["o.csv", "o.mp4"]


def test_a_terminal_that_is_gone_loses_nothing(tmp_path: Path) -> None:
    """The shell and the kernel both say so, and there is nobody to talk to any more."""
    terminal, its_end = pty.openpty()
    with MjpegServer(clip_frames(), fps=100) as camera:
        files = f"--save {tmp_path / 'o.mp4'} --results {tmp_path / 'o.csv'}"
        words = f"--source {camera.url} --init-box {first_box()} --headless {files}".split()
        process = subprocess.Popen(
            [sys.executable, str(FAKE), *words], stdout=its_end, stderr=its_end
        )
        os.close(its_end)
        wait_for_rows(tmp_path / "o.csv", 20)
        os.close(terminal)
        process.send_signal(signal.SIGHUP)
        time.sleep(0.05)
        process.send_signal(signal.SIGHUP)
        assert process.wait(30) == 129
    assert count_frames(tmp_path / "o.mp4") > 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["o.csv", "o.mp4"]


def test_who_reads_the_boxes_may_have_enough(clip: Path) -> None:
    words = f"--source {clip} --init-box {first_box()} --headless --results -"
    with start(FAKE, words) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "frame,time_s,x,y,w,h,score,state\n"
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(30) == 141


@pytest.mark.parametrize(("box", "code"), [(first_box(), 0), ("9000,9000,5,5", 2)])
def test_with_a_closed_stderr_boxes_alone_come(clip: Path, box: str, code: int) -> None:
    """As `2>&-` in a shell closes it."""
    words = f"{FAKE} --source {clip} --init-box {box} --headless --results -"
    command = ["sh", "-c", f"exec {sys.executable} {words} 2>&-"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=60)
    assert done.returncode == code
    assert done.stdout.count("\n") == (41 if code == 0 else 0)
    assert all(line.count(",") == 7 for line in done.stdout.splitlines())


def test_a_name_that_the_terminal_cannot_show_ends_no_run(clip: Path, tmp_path: Path) -> None:
    source = tmp_path / "fisch\u00e9.avi"
    source.write_bytes(clip.read_bytes())
    words = f"--source {source} --init-box {first_box()} --headless"
    code, out, err = finish(FAKE, words, PYTHONIOENCODING="ascii")
    assert (code, err) == (0, "")
    assert f"{tmp_path}/fisch\\xe9.avi: 40 frames" in out


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_waiting_for_a_camera_can_be_ended(number: int, code: int) -> None:
    words = "--source /dev/video77 --init-box 1,1,9,9 --headless --wait 60"
    with start(FAKE, words) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        assert said == "lowtrack track: /dev/video77 is not there yet: waiting\n"
        process.send_signal(number)
        assert process.wait(30) == code


def test_kill_loses_no_row(tmp_path: Path) -> None:
    returned, _, _ = run_until_rows(tmp_path, 20, signal.SIGKILL)
    assert returned == -signal.SIGKILL
    text = (tmp_path / "o.csv").read_text()
    assert text.endswith("\n")
    assert all(line.count(",") == 7 for line in text.splitlines())


def finish(script: Path | str, arguments: str, **env: str) -> tuple[int, str, str]:
    process = start(script, arguments, **env)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_without_a_display_it_says_so(clip: Path) -> None:
    code, out, err = finish(ROOT / "apps" / "track.py", f"--source {clip}")
    assert (code, out) == (2, "")
    assert err.startswith("lowtrack track: there is no display: run with --headless")
    assert len(err.splitlines()) == 1


def test_with_a_display_that_does_not_answer_it_says_so(clip: Path) -> None:
    code, _, err = finish(ROOT / "apps" / "track.py", f"--source {clip}", DISPLAY=":987")
    assert code == 2
    assert "no window can be opened" in err
    assert "--headless" in err
    assert len(err.splitlines()) == 1


def test_with_a_display_that_keeps_silent_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one at the far end of a connection that is down."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("DISPLAY", f"127.0.0.1:{server.getsockname()[1] - 6000}")
        monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
        monkeypatch.setattr(window, "_PROBE_S", 2.0)
        with pytest.raises(CommandError, match="the display does not answer: run with --headless"):
            window.check_display()


def test_an_opencv_without_windows_is_told(clip: Path, tmp_path: Path) -> None:
    # what opencv-python-headless answers
    (tmp_path / "cv2.py").write_text(
        "raise SystemExit('error: (-2:Unspecified error) The function is not implemented. Rebuild')"
    )
    script = tmp_path / "run.py"
    script.write_text(
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "import os, runpy; import cv2_real_path\n"
        "runpy.run_path(sys.argv.pop(1), run_name='__main__')\n"
    )
    (tmp_path / "cv2_real_path.py").write_text(
        # this process has the real OpenCV; the one that probes finds the other
        "import sys, os\n"
        "here = os.path.dirname(__file__)\n"
        "sys.path.remove(here)\n"
        "import cv2\n"
        "os.environ['PYTHONPATH'] = here\n"
    )
    code, _, err = finish(script, f"{ROOT / 'apps' / 'track.py'} --source {clip}", DISPLAY=":0")
    assert code == 2
    assert "built without windows" in err
    assert "--headless" in err


def test_tracking_imports_no_torch(clip: Path) -> None:
    code = (
        "import sys\n"
        "from apps.cli import main\n"
        "assert main(sys.argv[1:]) == 0\n"
        "heavy = {'torch', 'matplotlib', 'scipy', 'onnx', 'openvino', 'PIL'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    arguments = f"--source {clip} --init-box {first_box()} --headless --max-frames 3"
    process = subprocess.run(
        [sys.executable, "-c", code, "track", *arguments.split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
