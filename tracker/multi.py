"""Follow any number of targets, with one call of the network a frame for each size of crops.

Those that are looked at twice share further ones, likewise.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

from tracker.box import Box
from tracker.comparison import compare
from tracker.config import TrackingConfig
from tracker.crop import Square
from tracker.errors import UnknownTargetError
from tracker.frame import Colour, DeviceImage, Frame
from tracker.maps import HeadMaps
from tracker.memory import Remembered
from tracker.runtime import LARGEST_BATCH, Crops, FrameRuntime, Memory, Runtime, View
from tracker.single import Estimate
from tracker.state import TargetState
from tracker.step import (
    begin,
    camera,
    conclude_all,
    look,
    look_again,
    pixels,
    remember,
    surer,
)
from tracker.weights import Card


@dataclass(frozen=True, slots=True)
class _Target:
    memory: Remembered
    state: TargetState


class MultiObjectTracker:
    """Follows targets through a video; they come and go at any time.

    Each target is followed exactly as a `SingleObjectTracker` would follow it alone: they share the
    calls of the network and nothing else. Ids count up from 0 and are never used again.

    Example:
        tracker = load_many("b0")
        car, dog = tracker.add(frame, car_box), tracker.add(frame, dog_box)
        for frame in frames:
            for target, estimate in tracker.update(frame).items():
                ...

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
        self._targets: dict[int, _Target] = {}
        self._next = 0
        self._stacked: dict[tuple[int, ...], Memory] = {}

    @property
    def targets(self) -> tuple[int, ...]:
        """The ids of those that are followed, oldest first."""
        return tuple(self._targets)

    def add(self, frame: Frame | DeviceImage, box: Box | Iterable[float]) -> int:
        """Follow what `box` marks in `frame` from now on.

        Args:
            frame: as for `SingleObjectTracker.init`; usually the one last given to `update`.
            box: x, y, w, h in pixels, 0-based. The part outside of the frame is cut off.

        Returns:
            the new target's id.

        Raises:
            FrameError: if `frame` is no image.
            BoxError: if `box` is no box, or lies outside, or (BlankTargetError) nothing but one
                colour is to be seen there.
            EngineError: if the engine fails. Whatever is raised, the other targets notice nothing.
        """
        target = _Target(*begin(self._runtime, self._take(frame), box, self.config))
        number, self._next = self._next, self._next + 1
        self._targets[number] = target
        return number

    def remove(self, target: int) -> None:
        """Follow a target no longer.

        Raises:
            UnknownTargetError: if it is not followed.
        """
        if target not in self._targets:
            raise UnknownTargetError(
                f"no target {target!r} is followed; there are: "
                f"{', '.join(map(str, self._targets)) or 'none'}"
            )
        del self._targets[target]

    def update(self, frame: Frame | DeviceImage) -> dict[int, Estimate]:
        """Find all targets in the next frame.

        A target for which the network's best answer is not of finite numbers counts as unseen in
        this frame; the others are not touched by that.

        Args:
            frame: as for `add`; its size and kind may change from frame to frame.

        Returns:
            an estimate for every target by its id, oldest first.

        Raises:
            FrameError: if `frame` is no image.
            EngineError: if the engine fails. Whatever is raised, all targets stay as they were.
        """
        picture = self._take(frame)
        before, config = self._targets, self.config
        stacked: dict[tuple[int, ...], Memory] = {}
        views = {n: look(picture, target.state, config) for n, target in before.items()}
        states = self._found(picture, views, stacked)
        again = {n: look_again(states[n], squares, config) for n, squares in views.items()}
        twice = self._found(picture, {n: each for n, each in again.items() if each}, stacked)
        states |= {n: surer(states[n], state, config) for n, state in twice.items()}
        self._stacked = stacked
        memories, seen = compare(
            [target.memory for target in before.values()],
            self._runtime,
            picture,
            [states[number] for number in before],
            self.config,
        )
        after = {
            number: _Target(remember(memory, self._runtime, picture, state, self.config), state)
            for number, memory, state in zip(before, memories, seen, strict=True)
        }
        self._targets = after  # not before all went well
        if any(after[n].memory.current is not before[n].memory.current for n in after):
            self._stacked = {}
        return {n: Estimate.of(target.state, self.config) for n, target in after.items()}

    def _found(
        self,
        picture: View,
        views: Mapping[int, list[Square]],
        stacked: dict[tuple[int, ...], Memory],
    ) -> dict[int, TargetState]:
        """Ask the network about all crops; the memories it was given are added to `stacked`."""
        states: dict[int, TargetState] = {}
        batches = list(_batches(views))
        calls = self._calls(picture, views, batches, stacked)
        with closing(_matched(self._runtime, calls)) as answers:
            for batch, maps in zip(batches, answers, strict=True):
                found = conclude_all(
                    maps,
                    [views[number] for number in batch],
                    [self._targets[number].state for number in batch],
                    picture.wh,
                    self.config,
                )
                states.update(zip(batch, found, strict=True))
        return states

    def _calls(
        self,
        picture: View,
        views: Mapping[int, list[Square]],
        batches: Iterable[list[int]],
        stacked: dict[tuple[int, ...], Memory],
    ) -> Iterator[tuple[Memory, Crops]]:
        for batch in batches:
            owners = tuple(number for number in batch for _ in views[number])
            # copying the memories together takes time, and targets seldom change
            memory = self._stacked.get(owners)
            if memory is None:
                memory = self._runtime.stack([self._targets[n].memory.current for n in owners])
            stacked[owners] = memory
            squares = [square for number in batch for square in views[number]]
            yield memory, pixels(picture, squares)


def _matched(runtime: Runtime, calls: Iterable[tuple[Memory, Crops]]) -> Generator[HeadMaps]:
    if isinstance(runtime, FrameRuntime):
        return runtime.match_each(calls)
    return (runtime.match(*call) for call in calls)


def _batches(views: Mapping[int, list[Square]]) -> Iterator[list[int]]:
    """Ids whose crops go into one call: of one size, and as many as engines are built for."""
    for size in {squares[0].size for squares in views.values()}:
        batch: list[int] = []
        crops = 0
        for number, its in views.items():
            if its[0].size != size:
                continue
            if crops + len(its) > LARGEST_BATCH:
                yield batch
                batch, crops = [], 0
            batch.append(number)
            crops += len(its)
        yield batch
