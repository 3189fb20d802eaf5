"""One target, one frame: what to look at, and what to make of the answer.

Between `look` and `conclude` stands the network; how many targets share a call of it is not decided
here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice

from tracker.box import Box
from tracker.config import NearConfig, TrackingConfig
from tracker.crop import Square, crop_side
from tracker.decode import Peak, decode
from tracker.errors import BlankTargetError
from tracker.fit import fit
from tracker.frame import Colour
from tracker.maps import HeadMaps
from tracker.memory import Remembered
from tracker.picture import Picture
from tracker.runtime import Crops, FrameRuntime, Runtime, View
from tracker.state import TargetState, search_centers

_WIDE = 2.0  # times the side of the usual search region


def camera(runtime: Runtime, colour: Colour) -> Callable[[object], View]:
    """How frames are taken in: to the device, once, by a runtime that keeps them there.

    What is returned takes a frame, and raises FrameError where it is no image.
    """
    if isinstance(runtime, FrameRuntime):
        return partial(runtime.upload, colour=colour)
    return partial(Picture.of, colour=colour)


def template(picture: View, box: Box, config: TrackingConfig) -> Crops:
    """The target and its surroundings, (1, T, T, 3) RGB, as the network wants to remember it."""
    return picture.cut([template_square(box, config)])


def begin(
    runtime: Runtime, picture: View, box: Box | Iterable[float], config: TrackingConfig
) -> tuple[Remembered, TargetState]:
    """What is remembered and believed of a target that is marked.

    Raises:
        BoxError: if `box` is no box, or lies outside of the frame.
        BlankTargetError: if there is nothing to be seen: all of it is of one colour.
    """
    parsed = box if isinstance(box, Box) else Box.parse(box)
    target = parsed.visible(*picture.wh)
    if picture.is_plain(template_square(target, config)):
        raise BlankTargetError(f"nothing but one colour is to be seen in and around {target}")
    sight = runtime.encode(template(picture, target, config))
    found = TargetState.start(target, fit(runtime, sight, picture, target, config))
    # not the same frames for all targets, which may have been marked in one
    return Remembered.start(sight, int(sum(target)) % config.comparison.every), found


def template_square(box: Box, config: TrackingConfig) -> Square:
    """What a template shows."""
    side = crop_side(box, config.template_context, config.crop_rule)
    return Square.around(box.center, side, config.template_size)


def look(picture: View, state: TargetState, config: TrackingConfig) -> list[Square]:
    """Where the target may be: where it was going; while lost, also the next place around it."""
    side = crop_side(state.box, config.search_context, config.crop_rule)
    middle = state.ahead(config.lead, side / 4, picture.wh)
    if _is_near(state, side / config.search_context, config.near):
        return [_shown(middle, side, config.near.size, config)]
    views = [(middle, side)]
    since = state.misses - config.state.patience
    if since >= 0:
        places, wide = search_centers(state.box, side, picture.wh)
        views.append((places[since % len(places)], wide))
    return [Square.around(at, s, config.search_size) for at, s in views]


def find(
    picture: View,
    before: TargetState,
    answer: Callable[[list[Square]], TargetState],
    config: TrackingConfig,
) -> TargetState:
    """One target's state after a look, and a second one if that is wanted.

    Args:
        picture: this frame.
        before: the state before it.
        answer: asks the network about squares, and concludes.
        config: how the network is used.
    """
    squares = look(picture, before, config)
    found = answer(squares)
    again = look_again(found, squares, config)
    return surer(found, answer(again), config) if again else found


def look_again(
    found: TargetState, squares: Sequence[Square], config: TrackingConfig
) -> list[Square]:
    """Where to look a second time in the same frame, if anywhere.

    A target that is hardly or not seen may have gone further than the search region shows, and is
    looked for in a wide one. One that was found off the middle is looked at around where it was
    found, for a box is the more exact the nearer to the crop's middle its target lies.

    Args:
        found: after the first look.
        squares: of the first look.
        config: how the network is used.

    Returns:
        a square; none if the target was found close to where it was expected, or is lost.
    """
    first = squares[0]
    side = first.side / first.size * config.search_size
    if _is_hardly_seen(found, config):
        lost = found.misses >= config.state.patience
        return [] if lost else [Square.around(first.center, _WIDE * side, config.search_size)]
    (x, y), (cx, cy) = found.box.center, first.center
    off = max(abs(x - cx), abs(y - cy)) * config.search_context / side
    if not config.second_look or found.misses or off <= config.second_look:
        return []
    side = crop_side(found.box, config.search_context, config.crop_rule)
    return [_shown(found.box.center, side, config.near.size or config.search_size, config)]


def surer(found: TargetState, again: TargetState, config: TrackingConfig) -> TargetState:
    """Of what two looks found in a frame, that with the higher score; the second's if equal.

    A wide look shows so much else that it takes a better score to be believed.
    """
    wide = _is_hardly_seen(found, config)
    enough = max(found.score, config.wide.enough) if wide else found.score
    return again if again.score >= enough else found


def _is_hardly_seen(found: TargetState, config: TrackingConfig) -> bool:
    """Is a second look to be a wide one?"""
    return found.score < config.wide.below


def _shown(center: tuple[float, float], side: float, size: int, config: TrackingConfig) -> Square:
    """What a crop of `size` pixels shows, where one of the usual size shows `side`."""
    return Square.around(center, side * size / config.search_size, size)


def _is_near(state: TargetState, target_side: float, near: NearConfig) -> bool:
    """Is a smaller search region enough?"""
    if not near.size or state.step is None or state.misses or state.score < near.score:
        return False
    return max(map(abs, state.step)) <= near.step * target_side


def pixels(picture: View, squares: Sequence[Square]) -> Crops:
    """What the network wants to see of a frame, (N, S, S, 3) RGB."""
    return picture.cut(squares)


def conclude(
    maps: HeadMaps,
    squares: Sequence[Square],
    state: TargetState,
    frame_wh: tuple[int, int],
    config: TrackingConfig,
) -> TargetState:
    """One target's state after the network's answer; see `conclude_all`."""
    return conclude_all(maps, [squares], [state], frame_wh, config)[0]


def conclude_all(
    maps: HeadMaps,
    views: Sequence[Sequence[Square]],
    states: Sequence[TargetState],
    frame_wh: tuple[int, int],
    config: TrackingConfig,
) -> list[TargetState]:
    """The states of several targets after the network's answer.

    A target whose best cell is not of finite numbers counts as unseen in this frame.

    Args:
        maps: for all squares of all targets, in their order.
        views: what `look` gave for each target.
        states: before this frame.
        frame_wh: width and height of the frame, pixels.
        config: how the network is used.
    """
    peaks = iter(
        decode(
            maps,
            influence=config.influence,
            penalty=config.penalty,
            last_sizes=[
                (state.box.w / square.side, state.box.h / square.side)
                for squares, state in zip(views, states, strict=True)
                for square in squares
            ],
        )
    )
    return [
        _concluded(list(islice(peaks, len(squares))), squares, state, frame_wh, config)
        for squares, state in zip(views, states, strict=True)
    ]


def _concluded(
    peaks: Sequence[Peak],
    squares: Sequence[Square],
    state: TargetState,
    frame_wh: tuple[int, int],
    config: TrackingConfig,
) -> TargetState:
    if not all(peak.is_finite for peak in peaks):
        return state.seen(state.box, 0.0, 1.0, frame_wh, config.state)
    best = max(range(len(peaks)), key=lambda index: peaks[index].score)
    peak = peaks[best]
    found = squares[best].placed(peak.center, peak.size)
    return state.seen(found, peak.score, peak.likeness, frame_wh, config.state)


def remember(
    remembered: Remembered,
    runtime: Runtime,
    picture: View,
    state: TargetState,
    config: TrackingConfig,
) -> Remembered:
    """The memory after a frame: every few frames in which the target is sure, another look at it.

    Args:
        remembered: before this frame.
        runtime: encodes the look.
        picture: this frame.
        state: after this frame.
        config: how the network is used.
    """
    wanted = config.memory
    if not wanted.every or state.misses or state.score < wanted.sure:
        return remembered
    older = remembered.older()
    if older.age < wanted.every:
        return older
    look = runtime.encode(template(picture, state.box, config))
    return older.refreshed(look, wanted)
