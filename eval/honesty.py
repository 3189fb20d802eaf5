"""Does a tracker know whether it has its target? What it says of its boxes, and what they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from eval.contestant import Contestant, Image, Xywh
from eval.errors import ContestantError
from eval.follow import follow
from eval.metrics import overlaps
from eval.sequence import Sequence
from tracker.state import TrackingStatus

Floats = NDArray[np.float64]

STATES: tuple[str, ...] = get_args(TrackingStatus)
KINDS = {
    "good": "overlap of at least 0.5",
    "fair": "0.1 to 0.5",
    "bad": "below 0.1",
    "absent": "no target",
}
Counts = dict[str, dict[str, int]]  # kind of box -> state -> frames


@dataclass(frozen=True, eq=False)
class Said:
    """One run, without its first frame.

    Attributes:
        overlaps: (N,) intersection over union with the truth; NaN where there is no target.
        states: N times what the tracker said.
    """

    overlaps: Floats
    states: tuple[str, ...]


def runs(
    sequence: Sequence, starts: int = 1, *, backwards: bool = False, every: int = 1
) -> Iterator[Sequence]:
    """The parts of a sequence that are followed, each to its end.

    Args:
        sequence: all of it.
        starts: from how many frames, spread evenly; from the first one only, if it is one. Each
            moves on to the next frame that shows the target (temporal robustness evaluation of OTB,
            Wu et al. 2015).
        backwards: also as if the video was played backwards.
        every: of so many frames only the first is seen, as by a slower camera.
    """
    there = np.isfinite(sequence.truth).all(axis=1) & (sequence.truth[:, 2:] > 0).all(axis=1)
    there &= ~sequence.hidden
    forwards = list(range(0, len(sequence), every))
    for order in (forwards, forwards[::-1]) if backwards else (forwards,):
        for start in range(starts):
            part = order[start * len(order) // starts :]
            seen = [at for at, frame in enumerate(part) if there[frame]]
            if seen and len(part) - seen[0] > 1:
                yield _part(sequence, part[seen[0] :], there)


def _part(sequence: Sequence, order: list[int], there: NDArray[np.bool_]) -> Sequence:
    truth = np.where(there[:, None], sequence.truth, np.nan)[order]
    return Sequence(sequence.name, tuple(sequence.frames[frame] for frame in order), truth)


def listen(contestant: Contestant, sequence: Sequence) -> Said:
    """Let a contestant follow a sequence, and note what it says.

    Raises:
        BenchmarkError: a picture is missing or damaged, or the first frame has no true box.
        ContestantError: the contestant does not say how its target is.
    """
    noting = _Noting(contestant)
    boxes = follow(noting, sequence).boxes_xywh
    return Said(overlaps(boxes, sequence.truth)[1:], tuple(noting.states))


class _Noting:
    """Passes everything on, and keeps the states."""

    def __init__(self, contestant: Contestant) -> None:
        self._contestant = contestant
        self.states: list[str] = []

    def init(self, frame: Image, box: Xywh, /) -> object:
        return self._contestant.init(frame, box)

    def update(self, frame: Image, /) -> Any:
        found: Any = self._contestant.update(frame)
        state = getattr(found, "state", None)
        if state not in STATES:
            raise ContestantError(f"the tracker says none of {', '.join(STATES)} of its target")
        self.states.append(state)
        return found


def count(said: Iterable[Said]) -> Counts:
    """How often each state was said of each kind of box."""
    seen = Counter(
        (_kind(overlap), state)
        for each in said
        for overlap, state in zip(each.overlaps.tolist(), each.states, strict=True)
    )
    return {kind: {state: seen[kind, state] for state in STATES} for kind in KINDS}


def _kind(overlap: float) -> str:
    if overlap >= 0.5:
        return "good"
    if overlap >= 0.1:
        return "fair"
    return "bad" if overlap >= 0 else "absent"


def believed(counts: Counts) -> float | None:
    """Of the frames called tracking, the share whose box is good; None if there are none."""
    called = {kind: states["tracking"] for kind, states in counts.items()}
    total = sum(called.values())
    return called["good"] / total if total else None
