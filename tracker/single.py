"""Follow one target. `update` is the way of data: frame, crop, match, decode, state, box."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tracker.box import Box
from tracker.comparison import compare
from tracker.config import TrackingConfig
from tracker.crop import Square
from tracker.errors import NotStartedError
from tracker.frame import Colour, DeviceImage, Frame
from tracker.memory import Remembered
from tracker.runtime import Runtime
from tracker.state import TargetState, TrackingStatus
from tracker.step import begin, camera, conclude, find, pixels, remember
from tracker.weights import Card


@dataclass(frozen=True, slots=True)
class Estimate:
    """Where the target is thought to be."""

    box: Box  # frame pixels
    score: float  # how surely it is the target, in [0, 1]
    state: TrackingStatus  # "tracking", "uncertain" or "lost"; the box holds while lost

    @classmethod
    def of(cls, state: TargetState, config: TrackingConfig) -> Estimate:
        """What is reported of a state."""
        return cls(state.fitted, state.score, state.visibility(config.state))


class SingleObjectTracker:
    """Follows one target through a video.

    Example:
        tracker = load("b0")
        tracker.init(first_frame, (x, y, w, h))
        for frame in frames:
            estimate = tracker.update(frame)

    One instance belongs to one thread at a time; any number of instances may share a runtime.
    """

    def __init__(
        self,
        runtime: Runtime,
        config: TrackingConfig,
        *,
        colour: Colour = "bgr",
        card: Card | None = None,
        engine: str | None = None,
    ) -> None:
        # of the loaded model; None for a network that came from elsewhere
        self.card = card
        self.engine = engine  # "auto" is what it picked
        self.config = config
        self._runtime = runtime
        self._take = camera(runtime, colour)
        self._memory: Remembered | None = None
        self._state: TargetState | None = None

    def init(self, frame: Frame | DeviceImage, box: Box | Iterable[float]) -> None:
        """Remember the target that `box` marks in `frame`; forget any earlier one.

        Args:
            frame: (H, W, 3) uint8, as OpenCV gives it; also (H, W), (H, W, 1), (H, W, 4), uint16
                and float (0-1 or 0-255). For TensorRT and PyTorch also one that lies on the GPU.
            box: x, y, w, h in pixels, 0-based. The part outside of the frame is cut off.

        Raises:
            FrameError: if `frame` is no such image.
            EngineError: if the engine fails. Whatever is raised, an earlier target stays.
            BoxError: if `box` is not four finite numbers, has no area, or lies outside.
            BlankTargetError: a BoxError, if one colour is all that is seen there, as in the first
                picture of many a camera. Of a frame that lies on a GPU, TensorRT does not know.
        """
        picture = self._take(frame)
        self._memory, self._state = begin(self._runtime, picture, box, self.config)

    def update(self, frame: Frame | DeviceImage) -> Estimate:
        """Find the target in the next frame.

        If the network's best answer is not of finite numbers, the target counts as unseen in it.

        Args:
            frame: as for `init`; its size and kind may change from frame to frame.

        Raises:
            NotStartedError: if `init` was not called.
            FrameError: if `frame` is no image.
            EngineError: if the engine fails. Whatever is raised, the state stays as it was.
        """
        if self._state is None or self._memory is None:
            raise NotStartedError("call init(frame, box) before update(frame)")
        picture = self._take(frame)
        before, remembered, config = self._state, self._memory, self.config

        def answer(squares: list[Square]) -> TargetState:
            stacked = self._runtime.stack([remembered.current] * len(squares))
            maps = self._runtime.match(stacked, pixels(picture, squares))
            return conclude(maps, squares, before, picture.wh, config)

        found = find(picture, before, answer, config)
        (memory,), (state,) = compare([remembered], self._runtime, picture, [found], config)
        self._memory = remember(memory, self._runtime, picture, state, config)
        self._state = state
        return Estimate.of(state, config)
