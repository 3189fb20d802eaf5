"""`lowtrack track` in a window on a virtual display, with real keys and a real mouse."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from apps.overlay import COLOURS
from apps.render import PaintedScene, Scene
from tests.apps.fakes import clip_frames, first_box, write_video
from tests.apps.screen import Screen, missing_tools
from tracker import Box
from tracker.box import iou

pytestmark = [
    pytest.mark.display,
    pytest.mark.skipif(missing_tools() != "", reason=f"not installed: {missing_tools()}"),
]
FAKE = Path(__file__).with_name("fake_track.py")
SCENE = Scene(width=640, height=360, frames=400, poles=())


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    with Screen() as screen:
        yield screen


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So long that nobody sees its end."""
    frames = [PaintedScene(SCENE).frame(i).pixels for i in range(40)]
    return write_video(tmp_path_factory.mktemp("long") / "fish.avi", frames * 10)


class App:
    """The program on the screen, and the boxes it writes."""

    def __init__(self, screen: Screen, source: Path, results: Path, *more: str) -> None:
        self.screen = screen
        self.results = results
        self.process = subprocess.Popen(
            [sys.executable, str(FAKE), "--source", str(source), "--results", str(results), *more],
            env=os.environ | {"DISPLAY": screen.display},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_for_window(self) -> None:
        self.screen.wait_for_window()

    def boxes(self) -> list[Box]:
        if not self.results.exists():
            return []
        lines = self.results.read_text().splitlines()[1:]
        return [Box(*map(float, line.split(",")[2:6])) for line in lines]

    def wait_for_boxes(self, count: int) -> None:
        self.screen.wait_until(lambda: len(self.boxes()) >= count, f"{count} boxes")

    def settled(self) -> int:
        """The number of boxes, once it has stood still for a while."""
        counts: list[int] = []

        def still() -> bool:
            counts.append(len(self.boxes()))
            return len(counts) > 8 and counts[-8] == counts[-1]

        self.screen.wait_until(still, "a standstill")
        return counts[-1]

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


Start = Callable[..., App]


@pytest.fixture
def start(screen: Screen) -> Iterator[Start]:
    """Starts the program; none is left over."""
    apps: list[App] = []

    def launch(source: Path, results: Path, *more: str) -> App:
        apps.append(App(screen, source, results, *more))
        apps[-1].wait_for_window()
        return apps[-1]

    yield launch
    for app in apps:
        app.process.kill()
        app.process.communicate(timeout=60)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return tmp_path / "o.csv"


def near_colour(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    """How many pixels have this colour."""
    return int((np.abs(picture.astype(int) - colour).max(axis=-1) < 20).sum())


def test_drag_pause_step_select_again_reset_quit(
    start: Start, screen: Screen, long_clip: Path, results: Path
) -> None:
    truth = PaintedScene(SCENE).truth(0)
    app = start(long_clip, results)
    assert app.boxes() == []  # it waits for a target
    screen.drag((truth.x, truth.y), (truth.x + truth.w, truth.y + truth.h))
    app.wait_for_boxes(5)
    assert iou(app.boxes()[0], truth) > 0.9
    screen.wait_until(
        lambda: near_colour(screen.picture(), COLOURS["tracking"]) > 100, "a box around the target"
    )

    screen.press("space")
    before = app.settled()
    for step in (1, 2):
        screen.press("n")
        app.wait_for_boxes(before + step)
    assert app.settled() == before + 2  # one frame a step

    screen.drag((300, 200), (380, 260))  # another target, in the pause
    screen.press("n")
    app.wait_for_boxes(before + 3)
    assert iou(app.boxes()[-1], Box(300, 200, 80, 60)) > 0.9

    screen.press("r")
    screen.wait_until(
        lambda: near_colour(screen.picture(), COLOURS["tracking"]) == 0, "the box to go away"
    )
    screen.press("q")
    code, out, err = app.end()
    assert (code, err) == (0, "")
    assert f"({len(app.boxes())} rows)" in out


def test_s_holds_the_picture_for_a_new_box_and_escape_quits(
    start: Start, screen: Screen, long_clip: Path, results: Path
) -> None:
    app = start(long_clip, results, "--init-box", first_box(SCENE))
    app.wait_for_boxes(3)
    screen.press("s")
    before = app.settled()
    screen.drag((500, 300), (440, 260))  # from its last corner to its first
    app.wait_for_boxes(before + 3)
    assert iou(app.boxes()[before], Box(440, 260, 60, 40)) > 0.9
    screen.press("Escape")
    assert app.end()[0] == 0


@pytest.mark.parametrize("size", [(3840, 2160), (64, 48)])
def test_a_box_dragged_on_a_scaled_view(
    start: Start, screen: Screen, results: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    """A frame too large or too small for the eye is shown in another size."""
    width, height = size
    noise = np.random.default_rng(0).integers(0, 255, (height // 4, width // 4, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "0.png"), cv2.resize(noise, size))
    app = start(tmp_path / "0.png", results)
    scale = 900 / 2160 if width > 1000 else 5
    target = Box(width / 4, height / 4, width / 8, height / 4)
    screen.drag(
        (target.x * scale, target.y * scale),
        ((target.x + target.w) * scale, (target.y + target.h) * scale),
    )
    code, _, err = app.end()  # one frame only
    assert (code, err) == (0, "")
    assert iou(app.boxes()[0], target) > 0.93


def test_a_name_that_is_no_utf8(
    start: Start, screen: Screen, results: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "clip\udcff"
    folder.mkdir()
    (folder / "1.png").write_bytes(cv2.imencode(".png", clip_frames()[0])[1].tobytes())
    app = start(folder, results)
    screen.press("q")
    code, _, err = app.end()
    assert (code, err) == (0, "")


def test_closing_the_window_quits(
    start: Start, screen: Screen, long_clip: Path, results: Path
) -> None:
    app = start(long_clip, results, "--init-box", first_box(SCENE))
    app.wait_for_boxes(3)
    screen.close_window()
    code, out, err = app.end()
    assert (code, err) == (0, "")
    assert "frames: " in out
    assert len(app.boxes()) < 300  # not because the clip was over


def test_interrupt_while_it_waits_for_a_box(start: Start, long_clip: Path, results: Path) -> None:
    app = start(long_clip, results)
    app.process.send_signal(signal.SIGINT)
    code, out, err = app.end()
    assert (code, err) == (130, "")
    assert "no target" in out


def test_the_lost_target_is_red(
    start: Start, screen: Screen, results: Path, tmp_path: Path
) -> None:
    scene = Scene(width=320, height=240, frames=3)
    noise = np.random.default_rng(0).integers(0, 255, (60, 240, 320, 3), np.uint8)
    source = write_video(tmp_path / "s.avi", [*clip_frames(scene), *noise, *noise, *noise], fps=3)
    app = start(source, results, "--init-box", first_box(scene))
    screen.wait_until(lambda: near_colour(screen.picture(), COLOURS["lost"]) > 100, "a red box")
    screen.press("q")
    assert app.end()[0] == 0
