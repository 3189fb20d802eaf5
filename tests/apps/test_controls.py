"""Keys and mouse between two frames, with a view that follows a script."""

from __future__ import annotations

import time

import numpy as np
import pytest

from apps.controls import Controls
from apps.drag import Drag
from apps.follow import Follower
from apps.source import Frame
from apps.window import Action, view_scale
from tests.apps.fakes import ScriptedView, TemplateTracker, clip_frames
from tracker import Box

BOX = Box(20, 60, 40, 30)


class Desk:
    """Controls with a script, a follower, and a frame to look at."""

    def __init__(self, *script: Action | Box | None, selecting: bool = False) -> None:
        self.view = ScriptedView(*script)
        self.follower = Follower(TemplateTracker())
        self.frame = Frame(0, 0.0, clip_frames()[0])
        self.stopped = False
        self.controls = Controls(self.view, self.follower, self._is_stopped, selecting=selecting)

    def _is_stopped(self) -> bool:
        # where the script is over and the picture still held, a user would have to press Ctrl-C
        return self.stopped or not self.view.script

    def attend(self) -> bool:
        return self.controls.attend(self.frame, "", pace_s=0)


def test_play_goes_on_by_itself() -> None:
    assert Desk(None, None).attend()


def test_quit() -> None:
    desk = Desk("quit", None)
    assert not desk.attend()


def test_pause_holds_and_space_goes_on() -> None:
    desk = Desk("pause", None, None, None, "pause", None, "quit")
    assert desk.attend()
    assert list(desk.view.script) == ["quit"]  # it waited for the second space


def test_interrupt_ends_a_pause() -> None:
    assert not Desk("pause", None, None).attend()


def test_step_goes_one_frame_on_and_pauses() -> None:
    desk = Desk("step", None, None, "step", None, "quit", None)
    assert desk.attend()
    assert list(desk.view.script)[:2] == [None, None]
    assert desk.attend()  # paused until the second step
    assert not desk.attend()  # paused again, and quit


def test_selecting_holds_the_first_frame_until_a_box_is_dragged() -> None:
    desk = Desk(None, None, "hold", None, BOX, None, "quit", selecting=True)
    assert desk.follower.estimate is None
    assert desk.attend()
    assert desk.follower.estimate is not None
    assert desk.follower.estimate.box == BOX
    assert list(desk.view.script) == ["quit"]


def test_dragging_in_a_pause_stays_paused() -> None:
    desk = Desk("pause", "hold", BOX, None, None, "quit", None)
    assert not desk.attend()
    assert desk.follower.estimate is not None


def test_a_click_is_no_box() -> None:
    desk = Desk("hold", None, "release", None, None)
    assert desk.attend()
    assert desk.follower.estimate is None


def test_s_holds_and_lets_go() -> None:
    desk = Desk("select", None, None, "select", None, "quit")
    assert desk.attend()
    assert list(desk.view.script) == ["quit"]


def test_reset_forgets_target_and_trail() -> None:
    desk = Desk("reset", None, None)
    desk.follower.select(desk.frame.pixels, BOX)
    assert desk.attend()
    assert desk.follower.estimate is None
    assert desk.follower.trail == ()


def test_a_box_the_tracker_refuses_is_told_and_may_be_dragged_again() -> None:
    outside = Box(5000, 5000, 10, 10)
    desk = Desk("hold", outside, None, "hold", BOX, None, None)
    shown = len(desk.view.shown)
    assert desk.attend()
    assert desk.follower.estimate is not None
    assert desk.follower.estimate.box == BOX
    assert len(desk.view.shown) > shown
    # the bottom line was written on while the complaint stood
    assert any(picture[-12:].max() > 250 for picture in desk.view.shown)


def test_a_complaint_goes_away_with_what_the_user_does_next() -> None:
    desk = Desk("hold", Box(5000, 5000, 10, 10), None, "select", None, None)
    desk.follower.select(desk.frame.pixels, BOX)
    assert desk.attend()
    assert desk.view.shown[2][-12:].max() > 250
    assert (desk.view.shown[-1][-12:] == desk.view.shown[0][-12:]).all()


def test_frames_are_paced() -> None:
    desk = Desk(*[None] * 200)
    start = time.monotonic()
    for _ in range(4):
        assert desk.controls.attend(desk.frame, "", pace_s=0.05)
    assert 0.15 <= time.monotonic() - start < 1.0


@pytest.mark.parametrize(
    ("start", "end"), [((20, 10), (60, 50)), ((60, 50), (20, 10)), ((20, 50), (60, 10))]
)
def test_drag_in_any_direction_on_a_scaled_view(
    start: tuple[int, int], end: tuple[int, int]
) -> None:
    drag = Drag()
    drag.press(*start)
    assert drag.active
    drag.move(*end)
    assert drag.corners == (start, end)
    assert drag.release(scale=0.5, width=400, height=400) == Box(40, 20, 80, 80)
    assert not drag.active


def test_drag_is_cut_at_the_edges_and_a_click_is_nothing() -> None:
    drag = Drag()
    drag.press(-10, -10)
    drag.move(1000, 30)
    assert drag.release(scale=1, width=100, height=80) == Box(0, 0, 100, 30)
    drag.press(10, 10)
    drag.move(12, 40)
    assert drag.release(scale=1, width=100, height=80) is None
    assert drag.release(scale=1, width=100, height=80) is None


def test_views_fit_screens() -> None:
    assert view_scale(1280, 720) == 1
    assert view_scale(3840, 2160) == pytest.approx(900 / 2160)
    assert view_scale(64, 48) == 5
    assert view_scale(4000, 2) == pytest.approx(0.4)
    assert np.isfinite(view_scale(1, 1))
