"""The steps of `SingleObjectTracker.update`, with a clock between them."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import NamedTuple

from apps.source import Image
from tracker import Box, Estimate
from tracker.comparison import compare
from tracker.crop import Square
from tracker.loading import Model
from tracker.memory import Remembered
from tracker.state import TargetState
from tracker.step import begin, camera, conclude, find, pixels, remember


class StepSeconds(NamedTuple):
    """What one frame took."""

    crop: float  # check the frame, cut out the search crop, turn it to RGB
    network: float
    decode: float  # the network's maps to a box, the box to a state
    remember: float  # in doubt or now and then, another look, which runs half of the network


class SteppedTracker:
    """Calls what `SingleObjectTracker` calls, in its order."""

    def __init__(self, model: Model, clock: Callable[[], float] = time.perf_counter) -> None:
        """Take a network; `clock` tells the time in seconds."""
        self._runtime = model.runtime
        self._take = camera(model.runtime, "bgr")
        self._config = model.card.tracking
        self._clock = clock
        self._memory: Remembered | None = None
        self._state: TargetState | None = None

    def init(self, frame: Image, box: Box) -> None:
        """Remember the target."""
        self._memory, self._state = begin(self._runtime, self._take(frame), box, self._config)

    def update(self, frame: Image) -> tuple[Estimate, StepSeconds]:
        """Find it again.

        Raises:
            ValueError: before `init`.
        """
        before, remembered, config = self._state, self._memory, self._config
        if before is None or remembered is None:
            raise ValueError("init comes first")
        marks = [self._clock()]
        picture = self._take(frame)

        def answer(squares: list[Square]) -> TargetState:
            searches = pixels(picture, squares)
            marks.append(self._clock())
            stacked = self._runtime.stack([remembered.current] * len(squares))
            maps = self._runtime.match(stacked, searches)
            marks.append(self._clock())
            found = conclude(maps, squares, before, picture.wh, config)
            marks.append(self._clock())
            return found

        found = find(picture, before, answer, config)
        (memory,), (state,) = compare([remembered], self._runtime, picture, [found], config)
        self._memory = remember(memory, self._runtime, picture, state, config)
        self._state = state
        estimate = Estimate.of(state, config)
        marks.append(self._clock())
        *steps, last = itertools.pairwise(marks)
        crop, network, decode = (sum(end - start for start, end in steps[k::3]) for k in range(3))
        return estimate, StepSeconds(crop, network, decode, last[1] - last[0])
