"""The window: shows pictures, and tells what the user wants."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from typing import Literal, Protocol, TypeAlias

import cv2
import numpy as np

from apps.command import CommandError
from apps.drag import Drag
from apps.source import Image
from tracker import Box

Action: TypeAlias = Literal["quit", "pause", "step", "select", "reset", "hold", "release"]

KEYS: dict[int, Action] = {
    ord("q"): "quit",
    27: "quit",  # ESC
    ord(" "): "pause",
    ord("n"): "step",
    ord("s"): "select",
    ord("r"): "reset",
}
_LARGEST = (1600, 900)  # view size, pixels; larger frames are shown smaller
_SMALLEST_SIDE = 240  # smaller frames are shown larger
_PROBE = "import cv2; cv2.namedWindow('probe'); cv2.destroyAllWindows()"
_PROBE_S = 60.0  # for a display to answer


class View(Protocol):
    """Something to look at and to answer to."""

    def show(self, picture: Image) -> None:
        """Show a picture."""
        ...

    def poll(self, wait_ms: int) -> Action | Box | None:
        """Wait for what the user does next; a `Box` was dragged, in frame pixels."""
        ...

    def close(self) -> None:
        """Remove the window."""
        ...


def check_display() -> None:
    """Find out whether a window can be opened here.

    It is tried in another process: where there is no display, Qt ends the one that asks.

    Raises:
        CommandError: if not; says why, and what to do.
    """
    remedy = "run with --headless and --init-box, and --save or --results to keep what it finds"
    on_unix_desktop = sys.platform.startswith("linux")
    if on_unix_desktop and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise CommandError(f"there is no display: {remedy}")
    command = [sys.executable, "-c", _PROBE]
    try:
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=_PROBE_S)
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"the display does not answer: {remedy}") from error
    except subprocess.CalledProcessError as error:
        if "The function is not implemented" in error.stderr:
            raise CommandError(
                "this OpenCV was built without windows (opencv-python-headless?): "
                f"install opencv-python, or {remedy}"
            ) from error
        raise CommandError(f"no window can be opened on this display: {remedy}") from error


def view_scale(width: int, height: int) -> float:
    """Return view pixels per frame pixel for a frame of this size."""
    shrink = min(1.0, _LARGEST[0] / width, _LARGEST[1] / height)
    enlarge = float(max(1, _SMALLEST_SIDE // min(width, height)))
    fits = width * enlarge <= _LARGEST[0] and height * enlarge <= _LARGEST[1]
    return enlarge if enlarge > 1 and fits else shrink


class Window:
    """A window of OpenCV's, with keys and a box to be dragged."""

    def __init__(self, title: str) -> None:
        """Open it; `check_display` should have been asked before."""
        self._title = title.encode(errors="replace").decode()  # OpenCV crashes on other than UTF-8
        self._drag = Drag()
        self._events: deque[Action | Box] = deque()
        self._picture: Image | None = None
        self._scale = 1.0
        # GUI_NORMAL: Qt's toolbar and context menu would take the mouse
        cv2.namedWindow(self._title, cv2.WINDOW_AUTOSIZE | cv2.WINDOW_GUI_NORMAL)
        cv2.setMouseCallback(self._title, self._on_mouse)

    def show(self, picture: Image) -> None:
        """Show a picture; the mouse's box is drawn over it."""
        self._picture = picture
        height, width = picture.shape[:2]
        self._scale = view_scale(width, height)
        self._refresh()

    def _refresh(self) -> None:
        if self._picture is None:
            return
        height, width = self._picture.shape[:2]
        size = (max(round(width * self._scale), 1), max(round(height * self._scale), 1))
        how = cv2.INTER_AREA if self._scale < 1 else cv2.INTER_NEAREST
        view = cv2.resize(self._picture, size, interpolation=how)
        if self._drag.corners is not None:
            (x0, y0), (x1, y1) = np.asarray(self._drag.corners, int).tolist()
            cv2.rectangle(view, (x0, y0), (x1, y1), (0, 0, 0), 3)
            cv2.rectangle(view, (x0, y0), (x1, y1), (255, 255, 255), 1)
        cv2.imshow(self._title, view)

    def _on_mouse(self, event: int, x: int, y: int, _flags: int, _data: object) -> None:
        if event == cv2.EVENT_LBUTTONDOWN:
            self._drag.press(x, y)
            self._events.append("hold")
        elif event == cv2.EVENT_MOUSEMOVE and self._drag.active:
            self._drag.move(x, y)
            self._refresh()
        elif event == cv2.EVENT_LBUTTONUP and self._drag.active and self._picture is not None:
            self._drag.move(x, y)
            height, width = self._picture.shape[:2]
            box = self._drag.release(scale=self._scale, width=width, height=height)
            self._events.append("release" if box is None else box)

    def poll(self, wait_ms: int) -> Action | Box | None:
        """Wait up to `wait_ms` for a key, the mouse or the window's closing."""
        key = cv2.waitKey(max(wait_ms, 1))
        if key >= 0 and (key & 0xFF) in KEYS:
            self._events.append(KEYS[key & 0xFF])
        if self._closed():
            return "quit"
        return self._events.popleft() if self._events else None

    def _closed(self) -> bool:
        try:
            return bool(cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) < 1)
        except cv2.error:  # what Qt answers once the last window is gone
            return True

    def close(self) -> None:
        """Remove the window."""
        cv2.destroyAllWindows()
