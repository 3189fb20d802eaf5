"""`lowtrack train`: what it draws of a log, and what it shows while it learns."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("matplotlib")

from apps import train_run
from apps.train import main

ROOT = Path(__file__).resolve().parents[2]
HEAD = "step,name,value\n"


@pytest.mark.parametrize("log", [f"{HEAD}20,loss,1\n40,lo", f"{HEAD}20,loss,\n", "a,b\n1,2\n"])
def test_what_is_no_log_is_one_line(
    log: str, tmp_path: Path, refused: Callable[[int, str], None]
) -> None:
    (tmp_path / "log.csv").write_text(log)
    refused(main(["plot", str(tmp_path)]), "log.csv is no log of a training run")


@pytest.mark.parametrize("name", ["p", "p.mp4"])
def test_what_is_no_picture_is_one_line(
    name: str, tmp_path: Path, refused: Callable[[int, str], None]
) -> None:
    (tmp_path / "log.csv").write_text(f"{HEAD}20,loss,1\n")
    words = ["plot", str(tmp_path), "--out", str(tmp_path / name)]
    refused(main(words), f"{name}: the name of a picture ends in")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_a_bar_grows_and_what_comes_after_has_its_own_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report = {"step": 1.0, "steps": 4.0, "samples": 2.0, "samples_per_s": 9.0, "left_s": 61.0}

    def learn(*_: object) -> Iterator[dict[str, float]]:
        yield {**report, "loss": 0.5}
        yield {**report, "step": 2.0, "valid_score": 0.25}
        yield {**report, "step": 3.0, "loss": 0.5}
        raise KeyboardInterrupt

    monkeypatch.setattr(train_run, "learn", learn)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    unused: Any = None
    with pytest.raises(KeyboardInterrupt):
        train_run._follow(unused, unused, unused)
    first, second, rest = terminal.getvalue().split("\n")
    assert first.count("\r[") == 2
    assert first.endswith("1:01 left  valid_score 0.250\x1b[K")
    assert second == "\r[###############.....] 2  9/s  1:01 left  loss 0.500\x1b[K"
    assert rest == ""


_LEADER = """
import sys, time
from pathlib import Path
from apps.train_helpers import started

def work(rank, folder):
    import os
    (Path(folder) / "part").write_text(str(os.getpid()))
    (Path(folder) / "part").rename(Path(folder) / "pid")
    time.sleep(60)

if __name__ == "__main__":
    with started(2, work, sys.argv[1]):
        time.sleep(60)
"""


def test_a_run_that_is_terminated_leaves_no_process_behind(tmp_path: Path) -> None:
    script, pid = tmp_path / "leader.py", tmp_path / "pid"
    script.write_text(_LEADER)
    search = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, script, tmp_path], env=search) as leader:
        while not pid.exists():
            assert leader.poll() is None
            time.sleep(0.05)
        leader.terminate()
        assert leader.wait(30) == 143
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
