"""What the user does between two frames: pause, step, choose another target, quit."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np

from apps.follow import Follower
from apps.overlay import Overlay, draw
from apps.source import Frame
from apps.window import Action, View
from tracker import Box, TrackerError

Mode: TypeAlias = Literal["play", "pause", "select", "hold"]

_POLL_MS = 20
_EMPTY = (360, 640, 3)  # shape of what is shown before the first frame
_HINTS: dict[Mode, str] = {
    "play": "",
    "pause": "paused: space goes on, n steps, drag or s selects, q quits",
    "select": "drag a box round the target",
    "hold": "drag a box round the target",
}
_NO_TARGET = "no target: drag a box round one, or press s to hold the picture"


class Controls:
    """Shows frames in a view, and does with the follower what the user wants."""

    def __init__(
        self, view: View, follower: Follower, stopped: Callable[[], bool], *, selecting: bool
    ) -> None:
        """Begin to play.

        Args:
            view: where frames are shown and wishes come from.
            follower: what follows the target.
            stopped: whether to give up waiting for the user.
            selecting: hold the first frame until a box is dragged.
        """
        self._view = view
        self._follower = follower
        self._stopped = stopped
        self._mode: Mode = "select" if selecting else "play"
        self._before: Mode = "play"  # the mode that a drag interrupts
        self._problem = ""
        self._due = 0.0

    def attend(self, frame: Frame, status: str, *, pace_s: float, message: str = "") -> bool:
        """Show a frame until the next one is due and the user lets it go on.

        Args:
            frame: what to show; a box dragged by the user is selected in it.
            status: behind state and score in the top line.
            pace_s: seconds between frames at least; 0 for as fast as possible.
            message: shown in the bottom line where the mode has nothing to say there.

        Returns:
            False if the user wants to quit.
        """
        self._due = max(self._due + pace_s, time.monotonic())
        self._show(frame, status, message)
        while not self._stopped():
            event = self._view.poll(self._wait_ms())
            if event is None:
                if self._mode == "play" and time.monotonic() >= self._due:
                    return True
                continue
            if event == "quit":
                return False
            self._answer(event, frame)
            if event == "step":
                return True
            self._show(frame, status, message)
        return False

    def wait(self, message: str) -> bool:
        """Before the first frame: show a message, and nothing that could be chosen.

        Returns:
            False if the user wants to quit.
        """
        self._view.show(draw(np.zeros(_EMPTY, np.uint8), Overlay(None, (), "", message)))
        while (event := self._view.poll(_POLL_MS)) is not None:
            if event == "quit":
                return False
        return True

    def _wait_ms(self) -> int:
        left_ms = int((self._due - time.monotonic()) * 1000) if self._mode == "play" else _POLL_MS
        return min(max(left_ms, 1), _POLL_MS)

    def _answer(self, event: Action | Box, frame: Frame) -> None:
        self._problem = ""
        if isinstance(event, Box):
            self._select(event, frame)
        elif event == "hold":
            self._before, self._mode = self._mode, "hold"
        elif event == "release":
            self._mode = self._before
        elif event == "step":
            self._mode = "pause"
        elif event == "pause":
            self._mode = "pause" if self._mode == "play" else "play"
        elif event == "select":
            self._mode = "play" if self._mode == "select" else "select"
        elif event == "reset":
            self._follower.forget()

    def _select(self, box: Box, frame: Frame) -> None:
        try:
            self._follower.select(frame.pixels, box)
        except TrackerError as error:
            self._problem = str(error)  # shown; the user may drag another box
            self._mode = "select"
        else:
            self._mode = "pause" if self._before == "pause" else "play"

    def _show(self, frame: Frame, status: str, message: str) -> None:
        hint = self._problem or _HINTS[self._mode] or message
        if not hint and self._follower.estimate is None:
            hint = _NO_TARGET
        overlay = Overlay(self._follower.estimate, self._follower.trail, status, hint)
        self._view.show(draw(frame.pixels, overlay))
