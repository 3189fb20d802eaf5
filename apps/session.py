"""The loop: frame in, box out, to the screen, a video and a results file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from apps.controls import Controls
from apps.follow import Follower
from apps.overlay import Overlay, draw
from apps.progress import Progress
from apps.recorder import Recorder
from apps.results import ResultsFile
from apps.source import Frame, Outage, Source
from apps.step_times import StepTimes
from tracker import BlankTargetError, Box


@dataclass(slots=True)
class Tally:
    """What a run added up to."""

    frames: int = 0
    states: Counter[str] = field(default_factory=Counter)
    score_sum: float = 0.0

    @property
    def mean_score(self) -> float:
        """Over the frames with a target; 0 if there were none."""
        return self.score_sum / max(self.states.total(), 1)


@dataclass(frozen=True, slots=True)
class Sinks:
    """Where results go; None for nowhere."""

    recorder: Recorder | None = None
    results: ResultsFile | None = None
    controls: Controls | None = None

    def close(self) -> None:
        """Finish the files, both of them, whatever happens to one."""
        try:
            if self.results is not None:
                self.results.close()
        finally:
            if self.recorder is not None:
                self.recorder.close()


class Session:
    """Follows one target through one source."""

    def __init__(
        self,
        source: Source,
        follower: Follower,
        sinks: Sinks,
        progress: Progress,
        say: Callable[[str], None],
    ) -> None:
        """Put the parts together; `say` tells the user about outages."""
        self._source = source
        self._follower = follower
        self._sinks = sinks
        self._progress = progress
        self._say = say
        self._first_box: Box | None = None
        self._last: Frame | None = None
        self._out = False
        self._blank = False
        self.quit = False  # by the user, in the window
        self.engine = follower.engine
        self.times = StepTimes()
        self.tally = Tally()

    def run(
        self, first_box: Box | None, max_frames: int | None, stopped: Callable[[], bool]
    ) -> None:
        """Go through the source to its end, or until the user has enough.

        Args:
            first_box: the target in the first frame; None if the user chooses one on screen.
            max_frames: frames to process at most.
            stopped: asked between two frames.

        Raises:
            TrackerError: if the source breaks off, or the tracker or a file fails.
        """
        self._first_box = first_box
        while not stopped() and (max_frames is None or self.tally.frames < max_frames):
            with self.times.measure("read"):
                item = self._source.read()
            if item is None:
                return
            goes_on = self._bear(item) if isinstance(item, Outage) else self._process(item)
            if not goes_on:
                self.quit = True
                return

    def _bear(self, outage: Outage) -> bool:
        """Hold everything while the source is silent."""
        if not self._out:
            self._say(f"no frame from {self._source.name}: waiting, and trying again")
        self._out = True
        if self._sinks.controls is None:
            return True
        message = f"no signal for {outage.seconds:.0f} s"
        if self._last is None:
            return self._sinks.controls.wait(message)
        return self._sinks.controls.attend(self._last, self._status(), pace_s=0, message=message)

    def _process(self, frame: Frame) -> bool:
        """Follow the target into a frame, let the user have a say, keep the result."""
        if self._out:
            self._say(f"{self._source.name} is back")
            self._out = False
        self._last = frame
        if self._follower.estimate is not None:
            self._first_box = None
            with self.times.measure("track"):
                self._follower.track(frame.pixels)
        elif self._first_box is not None:
            self._select(frame, self._first_box)
        goes_on = True
        if self._sinks.controls is not None:
            pace_s = 0 if self._source.live else 1 / self._source.fps
            goes_on = self._sinks.controls.attend(frame, self._status(), pace_s=pace_s)
        self._keep(frame)
        return goes_on

    def _select(self, frame: Frame, box: Box) -> None:
        """Take the first target; a camera may show nothing yet."""
        try:
            with self.times.measure("select"):
                self._follower.select(frame.pixels, box)
            self._first_box = None
        except BlankTargetError as error:
            if not self._source.live:
                raise
            if not self._blank:
                self._say(f"{error}: waiting for a picture")
            self._blank = True

    def _status(self) -> str:
        total = "" if self._source.total is None else f"/{self._source.total}"
        index = 0 if self._last is None else self._last.index
        rate = self.times.rate("track")
        speed = f"{rate:.0f} fps  " if rate else ""
        return f"{speed}frame {index + 1}{total}"

    def _keep(self, frame: Frame) -> None:
        estimate = self._follower.estimate
        self.tally.frames += 1
        if estimate is not None:
            self.tally.states[estimate.state] += 1
            self.tally.score_sum += estimate.score
        if self._sinks.results is not None:
            self._sinks.results.write(frame, estimate)
        if self._sinks.recorder is not None:
            self._record(frame, self._sinks.recorder)
        self._progress.update(self.tally.frames)

    def _record(self, frame: Frame, recorder: Recorder) -> None:
        with self.times.measure("draw"):
            overlay = Overlay(self._follower.estimate, self._follower.trail, self._status())
            picture = draw(frame.pixels, overlay)
        with self.times.measure("save"):
            if self._source.live:
                recorder.write_at(picture, frame.time_s)
            else:
                recorder.write(picture)
