"""The targets of a VOT sequence, each with a tracker of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from eval.contestant import Contestant, Image, Xywh

Answer = tuple[Xywh, float]


class Targets:
    """Follows the targets it was given, in the order in which they came."""

    def __init__(self, make: Callable[[], Contestant]) -> None:
        """Start without any; `make` gives a tracker for each that comes."""
        self._make = make
        self._trackers: list[Contestant] = []
        self._spare: list[Contestant] = []

    def clear(self) -> None:
        """Forget all targets; their trackers are used again."""
        self._spare += self._trackers
        self._trackers = []

    def add(self, frame: Image, boxes_xywh: Iterable[Xywh]) -> list[Answer]:
        """Begin to follow targets that appear in this frame; answer with what was given."""
        given = list(boxes_xywh)
        for box in given:
            tracker = self._spare.pop() if self._spare else self._make()
            tracker.init(frame, box)
            self._trackers.append(tracker)
        return [(box, 1.0) for box in given]

    def update(self, frame: Image) -> list[Answer]:
        """Find all targets in the next frame: box and score of each."""
        found = [tracker.update(frame) for tracker in self._trackers]
        return [((f.box.x, f.box.y, f.box.w, f.box.h), f.score) for f in found]
