"""This project's trackers for the got-10k toolkit, of which nothing is imported."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from eval.contestant import Contestant
from eval.picture import read_picture

Floats = NDArray[np.float64]


class PilImage(Protocol):
    """What is needed of PIL's images."""

    def convert(self, mode: str, /) -> ArrayLike:
        """Change the colours, such as to "RGB"."""
        ...


class Got10kTracker:
    """Has the manners of the toolkit's `Tracker`: pictures of PIL in, boxes xywh out.

    Boxes stay in the coordinates in which the toolkit gives them.

    Example:
        experiment = got10k.experiments.ExperimentGOT10k(root, subset="val")
        experiment.run(Got10kTracker(tracker.load("b0", colour="rgb"), "lowtrack-b0"))
    """

    is_deterministic = True

    def __init__(self, tracker: Contestant, name: str) -> None:
        """Wrap a tracker that takes RGB frames.

        Args:
            tracker: who does the work, loaded with `colour="rgb"`.
            name: of the folder that the toolkit writes results to.
        """
        self.name = name
        self._tracker = tracker

    def init(self, image: PilImage, box: ArrayLike) -> None:
        """Start on a frame with the target's box (4,) xywh."""
        self._start(np.asarray(image.convert("RGB"), dtype=np.uint8), box)

    def update(self, image: PilImage) -> Floats:
        """Find the target in the next frame, as (4,) xywh."""
        return self._find(np.asarray(image.convert("RGB"), dtype=np.uint8))

    def track(
        self,
        img_files: Iterable[str],
        box: ArrayLike,
        visualize: bool = False,  # noqa: ARG002, FBT001, FBT002  # the toolkit passes it
    ) -> tuple[Floats, Floats]:
        """Go through a sequence.

        Args:
            img_files: paths of its T pictures.
            box: (4,) xywh in the first one.
            visualize: accepted, nothing is shown.

        Returns:
            Boxes (T, 4) and seconds (T,), reading left out.

        Raises:
            BenchmarkError: a picture is missing or damaged.
        """
        boxes: list[Floats] = []
        seconds: list[float] = []
        for path in img_files:
            frame = np.asarray(cv2.cvtColor(read_picture(path), cv2.COLOR_BGR2RGB), np.uint8)
            start = time.perf_counter()
            if boxes:
                boxes.append(self._find(frame))
            else:
                self._start(frame, box)
                boxes.append(np.asarray(box, dtype=np.float64))
            seconds.append(time.perf_counter() - start)
        return np.array(boxes), np.array(seconds)

    def _start(self, frame: NDArray[np.uint8], box: ArrayLike) -> None:
        x, y, w, h = np.asarray(box, dtype=np.float64).tolist()
        self._tracker.init(frame, (x, y, w, h))

    def _find(self, frame: NDArray[np.uint8]) -> Floats:
        box = self._tracker.update(frame).box
        return np.array([box.x, box.y, box.w, box.h])
