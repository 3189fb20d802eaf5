"""What docs/robot.md shows is run as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tracker
from apps.render import PaintedScene
from tests.apps.fakes import SMALL, clip_frames
from tests.apps.mjpeg_server import MjpegServer
from tracker.box import iou

ROOT = Path(__file__).parents[2]
SCENE = PaintedScene(SMALL)


def snippet(heading: str) -> str:
    """The Python under a heading."""
    page = (ROOT / "docs" / "robot.md").read_text(encoding="utf-8")
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    (code,) = re.findall(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return str(code)


@pytest.fixture
def page() -> dict[str, Any]:
    """What the page's reader has in his program."""
    names: dict[str, Any] = {}
    exec(snippet("A live camera from Python"), names)
    return names


def test_a_file_is_followed_to_its_end(page: dict[str, Any], clip: Path) -> None:
    t = tracker.load("b0", threads=1)
    found = list(page["follow"](t, str(clip), SCENE.truth(0)))
    assert len(found) == 39
    for index, (time_s, estimate) in enumerate(found, start=1):
        assert time_s == pytest.approx(index / 25, abs=1e-3)
        assert iou(estimate.box, SCENE.truth(index)) > 0.5


def test_a_camera_that_drops_out_is_followed_on(page: dict[str, Any]) -> None:
    t = tracker.load("b0", threads=1)
    with MjpegServer(clip_frames()[:1]) as camera:  # stands still: it may skip frames
        found = page["follow"](t, camera.url, SCENE.truth(0))
        before = [each for each in islice(found, 20) if each is not None]
        camera.mode = "drop"
        assert None in islice(found, 200)
        camera.mode = "serve"
        back = next(each for each in found if each is not None)
        found.close()
    assert camera.connections >= 2
    assert before[-1][0] < back[0]
    assert iou(back[1].box, SCENE.truth(0)) > 0.5


def test_cameras_share_a_network(page: dict[str, Any], clip: Path, tmp_path: Path) -> None:
    copy = tmp_path / clip.name
    copy.write_bytes(clip.read_bytes())
    page["cameras"] = {str(path): SCENE.truth(0) for path in (clip, copy)}
    found: dict[str, list[Any]] = {source: [] for source in page["cameras"]}
    page["print"] = lambda source, item: found[source].append(item)
    before = set(threading.enumerate())
    exec(snippet("Several cameras"), page)
    for thread in set(threading.enumerate()) - before:
        thread.join()
    first, second = found.values()
    assert len(first) == 39
    assert first == second
    assert iou(first[-1][1].box, SCENE.truth(39)) > 0.5


def test_processes(clip: Path, tmp_path: Path) -> None:
    script = tmp_path / "robot.py"
    box = tuple(SCENE.truth(0))
    cameras = f"cameras = {{{str(clip)!r}: {box}}}\n"
    script.write_text(
        snippet("A live camera from Python") + cameras + snippet("Processes"), encoding="utf-8"
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("state='tracking'") > 30


@pytest.mark.parametrize("bits", [10, 12])
def test_pictures_of_few_bits_are_shifted(bits: int) -> None:
    grey = [frame.max(axis=2).astype(np.uint16) << (bits - 8) for frame in clip_frames()[:8]]
    t = tracker.load("b0", threads=1)
    t.init(grey[0] << (16 - bits), SCENE.truth(0))
    for index, frame in enumerate(grey[1:], start=1):
        assert iou(t.update(frame << (16 - bits)).box, SCENE.truth(index)) > 0.5
