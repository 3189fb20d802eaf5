"""`kill -9` in the middle of a run, and the same command again."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.eval.clips import write_clips

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux's /proc")


def start(clips: Path, out: Path) -> subprocess.Popen[bytes]:
    """Start a run of two processes, as a user would."""
    words = ["--trackers", "slow=tests.eval.fake_trackers:Slow", "--workers", "2"]
    command = [sys.executable, str(ROOT / "apps" / "evaluate.py"), str(clips), *words]
    silent = subprocess.DEVNULL
    return subprocess.Popen([*command, "--out", str(out)], stdout=silent, stderr=silent)


def children(pid: int) -> list[int]:
    """List the processes that a process has started."""
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_until(true: object, *, seconds: float = 20) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_only_the_running_sequences_are_lost(tmp_path: Path) -> None:
    clips, folder = write_clips(tmp_path / "clips", 10, frames=10), tmp_path / "out/slow/folder"
    first = start(clips, tmp_path / "out")
    wait_until(lambda: len(list(folder.glob("clip?.txt"))) >= 3)
    workers = children(first.pid)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    kept = {path.name: path.stat().st_mtime_ns for path in folder.glob("clip?.txt")}
    assert 3 <= len(kept) < 10
    for name in kept:  # each of them is whole
        assert len((folder / name).read_text().splitlines()) == 10 + int(name[4])
    wait_until(lambda: not any(Path(f"/proc/{pid}").is_dir() for pid in workers))
    second = start(clips, tmp_path / "out")
    assert second.wait(timeout=60) == 0
    after = {path.name: path.stat().st_mtime_ns for path in folder.glob("clip?.txt")}
    assert len(after) == 10
    assert {name: after[name] for name in kept} == kept
    for index in range(10):
        truth = (clips / f"clip{index}" / "groundtruth.txt").read_text().splitlines()
        found = (folder / f"clip{index}.txt").read_text().splitlines()
        assert [list(map(float, row.split(","))) for row in found] == [
            list(map(float, row.split(","))) for row in truth
        ]
