"""Is what was found the target, or a look-alike? A box in doubt is compared with earlier looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tracker.config import ComparisonConfig, TrackingConfig
from tracker.memory import Glimpse, Memory, Remembered, similarity
from tracker.runtime import LARGEST_BATCH, Runtime, View
from tracker.state import TargetState
from tracker.step import template_square


def compare(
    remembered: Sequence[Remembered],
    runtime: Runtime,
    picture: View,
    states: Sequence[TargetState],
    config: TrackingConfig,
) -> tuple[list[Remembered], list[TargetState]]:
    """Compare what boxes in doubt show with earlier looks, and now and then keep such a look.

    Args:
        remembered: of each target.
        runtime: encodes what the boxes show, all at once.
        picture: this frame.
        states: after this frame.
        config: how the network is used.

    Returns:
        what is remembered now, and the states, which say whether boxes in doubt are alike.
    """
    wanted = config.comparison
    if not wanted.trust:
        return list(remembered), list(states)
    memories = [
        _next(each, picture, state, config) for each, state in zip(remembered, states, strict=True)
    ]
    doubtful = [k for k, s in enumerate(states) if s.score < wanted.trust and not s.misses]
    to_ask = [k for k in doubtful if memories[k].alike is None]
    for start in range(0, len(to_ask), LARGEST_BATCH):
        batch = to_ask[start : start + LARGEST_BATCH]
        squares = [template_square(states[k].box, config) for k in batch]
        looks = runtime.encode(picture.cut(squares))
        asked = _asked([memories[k] for k in batch], looks, runtime, wanted)
        for k, each in zip(batch, asked, strict=True):
            memories[k] = each
    after = list(states)
    for k in doubtful:
        after[k] = replace(states[k], alike=memories[k].alike)
    return memories, after


def _next(
    remembered: Remembered, picture: View, state: TargetState, config: TrackingConfig
) -> Remembered:
    """One frame on: perhaps with a new glimpse, and without an answer that is no longer good."""
    wanted, glimpse, since = config.comparison, remembered.glimpse, remembered.since + 1
    due = glimpse is None or since >= wanted.every
    if due and state.score >= wanted.sure and not state.misses:
        crops = picture.kept([template_square(state.box, config)])
        if crops is not None:
            glimpse, since = Glimpse(crops), 0 if glimpse else since % wanted.every
    in_doubt = state.score < wanted.trust and not state.misses
    holds = in_doubt and remembered.asked < wanted.again
    return Remembered(  # quicker than `replace`, and for every target in every frame
        first=remembered.first,
        lately=remembered.lately,
        current=remembered.current,
        age=remembered.age,
        glimpse=glimpse,
        since=since,
        alike=remembered.alike if holds else None,
        asked=remembered.asked + 1,
    )


def _asked(
    remembered: Sequence[Remembered], looks: Memory, runtime: Runtime, wanted: ComparisonConfig
) -> list[Remembered]:
    """With the answers to how alike `looks` are, one of each target."""
    firsts = runtime.stack([each.first for each in remembered])
    alike = [each >= wanted.first for each in similarity(firsts, looks)]
    glimpses = [each.glimpse for each in remembered]
    memories = {}  # of the glimpses that are needed
    for k, glimpse in enumerate(glimpses):
        if glimpse is not None and not alike[k]:
            glimpses[k] = encoded = glimpse.encoded(runtime.encode)
            memories[k] = encoded.memory
    if memories:
        rows = list(memories)
        found = similarity(runtime.stack(list(memories.values())), looks[rows])
        for k, each in zip(rows, found, strict=True):
            alike[k] = each >= wanted.glimpse
    return [
        replace(each, glimpse=glimpse, alike=same, asked=1)
        for each, glimpse, same in zip(remembered, glimpses, alike, strict=True)
    ]
