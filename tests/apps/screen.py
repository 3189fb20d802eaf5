"""A virtual display: to press keys, to drag, and to look at what is shown."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SIZE = (1700, 1000)  # pixels
_TITLE = "LowTrack"


def missing_tools() -> str:
    """What a virtual display needs and is not installed; empty if all is there."""
    return " and ".join(tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None)


class Screen:
    """Xvfb with a user at it."""

    def __enter__(self) -> Screen:
        self._folder = tempfile.TemporaryDirectory()
        read_end, write_end = os.pipe()
        self._server = subprocess.Popen(
            f"Xvfb -displayfd {write_end} -nolisten tcp -noreset -screen 0 {SIZE[0]}x{SIZE[1]}x24 "
            f"-fbdir {self._folder.name}".split(),
            pass_fds=[write_end],
            stderr=subprocess.DEVNULL,
        )
        os.close(write_end)
        with os.fdopen(read_end) as pipe:
            self.display = f":{pipe.readline().strip()}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.terminate()
        self._server.wait(10)
        self._folder.cleanup()

    def _xdotool(self, *words: str | float) -> str:
        done = subprocess.run(
            ["xdotool", *map(str, words)],
            env=os.environ | {"DISPLAY": self.display},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        return done.stdout.strip()

    def picture(self) -> NDArray[np.uint8]:
        """What is on the screen: (H, W, 3), BGR."""
        data = (Path(self._folder.name) / "Xvfb_screen0").read_bytes()
        header = np.frombuffer(data[:100], ">u4")  # the X window dump format
        width, height, stride = int(header[4]), int(header[5]), int(header[12])
        start = int(header[0] + 12 * header[19])
        rows = np.frombuffer(data, np.uint8, height * stride, start).reshape(height, stride)
        return rows[:, : 4 * width].reshape(height, width, 4)[..., :3]

    def wait_until(self, true: Callable[[], bool], what: str, limit_s: float = 60) -> None:
        """Wait for something to become true."""
        end = time.monotonic() + limit_s
        while not true():
            assert time.monotonic() < end, f"in vain: {what}"
            time.sleep(0.03)

    def _geometry(self) -> dict[str, int]:
        words = ("search", "--name", _TITLE, "getwindowgeometry", "--shell")
        pairs = (line.split("=") for line in self._xdotool(*words).splitlines())
        return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2}

    def wait_for_window(self) -> None:
        """Wait until the window has its first picture, and give it the keyboard."""
        # an empty one is about 100 pixels wide
        self.wait_until(lambda: self._geometry().get("WIDTH", 0) > 200, "a window")
        self.wait_until(self._is_painted, "a picture")
        self._xdotool("search", "--name", _TITLE, "windowfocus")

    def _is_painted(self) -> bool:
        # without a window manager, Qt may sleep on the news that its window is visible
        left, top = self.corner()
        self._xdotool("mousemove", left + 50, top + 50, "mousemove", left + 60, top + 60)
        return bool(self.picture().any())

    def corner(self) -> tuple[int, int]:
        """Where the window's content begins on the screen."""
        geometry = self._geometry()
        return geometry["X"], geometry["Y"]

    def press(self, key: str) -> None:
        """Press and release a key."""
        self._xdotool("key", key)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drag in window coordinates, as a hand does: in steps."""
        left, top = self.corner()
        points = [
            (
                left + round(start[0] + (end[0] - start[0]) * t),
                top + round(start[1] + (end[1] - start[1]) * t),
            )
            for t in (0.0, 0.3, 0.7, 1.0)
        ]
        self._xdotool("mousemove", *points[0], "mousedown", 1)
        for point in points[1:]:
            time.sleep(0.05)
            self._xdotool("mousemove", *point)
        time.sleep(0.05)
        self._xdotool("mouseup", 1)

    def close_window(self) -> None:
        """Click the window's cross."""
        window = self._xdotool("search", "--name", _TITLE)
        subprocess.run(
            [sys.executable, str(Path(__file__).with_name("close_window.py")), window],
            env=os.environ | {"DISPLAY": self.display},
            check=True,
            timeout=30,
        )
