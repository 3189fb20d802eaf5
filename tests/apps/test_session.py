"""The loop, with a source that does what a list says; and how it is interrupted."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path

import pytest

from apps.controls import Controls
from apps.follow import Follower
from apps.interrupts import Interrupts
from apps.progress import Progress
from apps.recorder import Recorder
from apps.results import ResultsFile
from apps.session import Session, Sinks
from apps.source import Frame, Image, Outage, SourceBrokeError
from tests.apps.fakes import ScriptedView, TemplateTracker, clip_frames, count_frames, first_box
from tracker import BlankTargetError, Box

BOX = Box(*map(float, first_box().split(",")))


class ListSource:
    """A live source; an exception in its list is raised."""

    name = "list"
    live = True
    total = None
    fps = 10.0

    def __init__(self, *items: Frame | Outage | Exception | None) -> None:
        self._items = deque(items)

    def read(self) -> Frame | Outage | None:
        item = self._items.popleft()
        if isinstance(item, Exception):
            raise item
        return item

    def notes(self) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        pass


def frame(index: int) -> Frame:
    return Frame(index, index / 10, clip_frames()[index])


class Run:
    """A session over a list, with everything it writes."""

    def __init__(self, folder: Path, *items: Frame | Outage | Exception | None) -> None:
        self.said: list[str] = []
        self.view = ScriptedView()
        self.follower = Follower(TemplateTracker())
        self.results = ResultsFile(folder / "o.csv")
        self.recorder = Recorder(folder / "o.avi", fps=10)
        controls = Controls(self.view, self.follower, lambda: False, selecting=False)
        self.sinks = Sinks(self.recorder, self.results, controls)
        self.session = Session(
            ListSource(*items),
            self.follower,
            self.sinks,
            Progress(None, io.StringIO()),
            self.said.append,
        )

    def go(self) -> list[int]:
        """Run; return the numbers of the frames with a row."""
        try:
            self.session.run(BOX, None, lambda: False)
        finally:
            self.sinks.close()
        return [int(line.split(",")[0]) for line in self.results.path.read_text().splitlines()[1:]]


def test_everything_is_held_during_an_outage(tmp_path: Path) -> None:
    outages = [Outage(0.5, 1), Outage(1.5, 2), Outage(2.5, 2)]
    run = Run(tmp_path, frame(0), frame(1), *outages, frame(30), None)
    assert run.go() == [0, 1, 30]
    assert run.said == ["no frame from list: waiting, and trying again", "list is back"]
    assert run.session.tally.frames == 3
    assert len(run.view.shown) == 6  # the user sees what goes on, and is answered
    held = run.view.shown[2:5]
    assert all((a[30:-30] == run.view.shown[1][30:-30]).all() for a in held)
    assert all((a[-14:] != run.view.shown[1][-14:]).any() for a in held)  # no signal
    assert count_frames(tmp_path / "o.avi") == 31  # in its true length


class Choosy(TemplateTracker):
    """Takes no target of one colour."""

    def init(self, frame: Image, box: Box) -> None:
        if not frame.any():
            raise BlankTargetError("nothing but one colour")
        super().init(frame, box)


def test_a_camera_that_is_black_at_first_is_borne(tmp_path: Path) -> None:
    black = [Frame(index, index / 10, frame(0).pixels * 0) for index in range(3)]
    run = Run(tmp_path, *black, frame(3), frame(4), None)
    run.follower = run.session._follower = Follower(Choosy())
    assert run.go() == [3, 4]
    assert run.said == ["nothing but one colour: waiting for a picture"]
    ListSource.live = False
    try:
        run = Run(tmp_path, black[0], frame(1), None)
        run.session._follower = Follower(Choosy())
        with pytest.raises(BlankTargetError):
            run.go()
    finally:
        ListSource.live = True


def test_quitting_is_possible_during_an_outage(tmp_path: Path) -> None:
    run = Run(tmp_path, frame(0), Outage(1, 1), Outage(2, 1), Outage(3, 1))
    run.view.script.extend([None, None, "quit"])
    assert run.go() == [0]


def test_a_camera_that_never_sends_a_frame_may_be_left(tmp_path: Path) -> None:
    run = Run(tmp_path, Outage(1, 1), Outage(2, 1), Outage(3, 1))
    run.view.script.extend([None, "hold", BOX, None, "quit"])  # there is nothing to be chosen
    assert run.go() == []
    assert run.session.quit
    assert run.results.path.read_text() == ""
    assert len(run.view.shown) == 3


def test_what_was_found_is_kept_when_the_source_breaks_off(tmp_path: Path) -> None:
    run = Run(tmp_path, frame(0), frame(1), SourceBrokeError("gone"))
    with pytest.raises(SourceBrokeError):
        run.go()
    assert len(run.results.path.read_text().splitlines()) == 3
    assert count_frames(tmp_path / "o.avi") == 2


def test_a_video_that_fails_does_not_leave_the_results_open(tmp_path: Path) -> None:
    run = Run(tmp_path, frame(0), None)
    run.recorder.frames = -1  # so that its count will not be that of the file
    with pytest.raises(Exception, match="is the disk full"):
        run.go()
    with pytest.raises(ValueError, match="closed file"):
        run.results.write(frame(0), run.follower.select(frame(0).pixels, BOX))


_INTERRUPTED = """
import os, signal
from apps.interrupts import Interrupts

before = signal.getsignal(signal.SIGINT)
try:
    with Interrupts() as interrupts:
        assert not interrupts.requested
        assert interrupts.exit_code == 0
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupts.requested
        assert interrupts.exit_code == 130
        os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    print("ordered")
assert signal.getsignal(signal.SIGINT) == before
"""


def test_the_first_interrupt_is_a_wish_the_second_an_order() -> None:
    # in a process of its own: some libraries of other tests make interrupts fatal where they ran
    command = [sys.executable, "-W", "error", "-c", _INTERRUPTED]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "ordered"


_HUNG_UP = """
import os, signal
from apps.interrupts import Interrupts

with Interrupts() as interrupts:
    os.kill(os.getpid(), signal.SIGHUP)
os.kill(os.getpid(), signal.SIGHUP)
print(interrupts.exit_code)
"""


def test_a_second_hangup_ends_nothing_whenever_it_comes() -> None:
    command = [sys.executable, "-c", _HUNG_UP]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "129"


def test_signals_are_given_back() -> None:
    before = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    with Interrupts():
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == before


def test_another_thread_has_no_signals() -> None:
    seen: list[bool] = []

    def work() -> None:
        with Interrupts() as interrupts:
            seen.append(interrupts.requested)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [False]
