"""Who is measured on a clip, each following the target in its own way."""

from __future__ import annotations

from functools import partial

from apps.overlay import Overlay, draw
from apps.profile_contest import Turn, timed
from apps.profile_options import ProfileOptions
from apps.profile_steps import SteppedTracker, StepSeconds
from apps.source import Image
from eval.contestant import Contestant
from eval.peers import open_peer
from tracker import Box, Estimate, MultiObjectTracker, SingleObjectTracker
from tracker.loading import Model

Block = list[Image]  # frames one after the other
STEPS, UPDATE = "steps", "update"


class Stepped:
    """The tracker taken apart; afterwards it draws what it found."""

    def __init__(self, model: Model, frame: Image, box: Box) -> None:
        """Start on a frame."""
        self._tracker = SteppedTracker(model)
        self._tracker.init(frame, box)
        self.seconds: list[StepSeconds] = []
        self.drawing: list[float] = []
        self.estimates: list[Estimate] = []

    def turn(self, block: Block) -> list[float]:
        """Follow, and keep what each step took."""
        for frame in block:
            estimate, seconds = self._tracker.update(frame)
            self.estimates.append(estimate)
            self.seconds.append(seconds)
        return [sum(each) for each in self.seconds[-len(block) :]]

    def draw(self, block: Block) -> None:
        """Draw the boxes of the last turn."""
        estimates = self.estimates[-len(block) :]
        trail = tuple(estimate.box.center for estimate in estimates)
        for frame, estimate in zip(block, estimates, strict=True):
            overlay = Overlay(estimate, trail, "100 fps  frame 100/1000")
            self.drawing.append(timed(partial(draw, frame, overlay)))


class Whole:
    """A contestant as a user calls it."""

    def __init__(self, contestant: Contestant, frame: Image, box: Box) -> None:
        """Start on a frame."""
        self._contestant = contestant
        contestant.init(frame, (box.x, box.y, box.w, box.h))

    def turn(self, block: Block) -> list[float]:
        """Follow."""
        update = self._contestant.update
        return [timed(partial(update, frame)) for frame in block]


class Many:
    """The same target many times over, each a little beside the others."""

    def __init__(self, model: Model, count: int, frame: Image, box: Box) -> None:
        """Start on a frame."""
        self._tracker = MultiObjectTracker(model.runtime, model.card.tracking)
        for index in range(count):
            shift = (index / max(count - 1, 1) - 0.5) * 0.1
            self._tracker.add(frame, Box(box.x + shift * box.w, box.y, box.w, box.h))

    def turn(self, block: Block) -> list[float]:
        """Follow all."""
        update = self._tracker.update
        return [timed(partial(update, frame)) for frame in block]


def many_name(count: int) -> str:
    """What the contestant with `count` targets is called."""
    return f"update x{count}"


def turns(
    options: ProfileOptions, model: Model, stepped: Stepped, frame: Image, box: Box
) -> dict[str, Turn[Block]]:
    """Start every contestant on a frame.

    Raises:
        TrackerError: if one cannot be made, or cannot use frame or box.
    """
    alone = SingleObjectTracker(model.runtime, model.card.tracking, card=model.card)
    found: dict[str, Turn[Block]] = {
        STEPS: stepped.turn,
        UPDATE: Whole(alone, frame, box).turn,
    }
    if options.targets > 1:
        found[many_name(options.targets)] = Many(model, options.targets, frame, box).turn
    if options.peer is not None:
        found[options.peer] = Whole(open_peer(options.peer, options.peer_weights), frame, box).turn
    return found
