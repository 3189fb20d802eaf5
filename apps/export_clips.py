"""Clips with true boxes, on which exported engines are compared and INT8 is calibrated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from apps.command import CommandError
from apps.image_source import read_image
from apps.render import PaintedScene, Scene
from apps.source import Image
from eval import benchmarks
from eval.sequence import Sequence
from tracker import Box

_SEEDS = (7, 11, 23)


@dataclass(frozen=True, eq=False)
class Clip:
    """A video and where its target is."""

    name: str
    truth: NDArray[np.float64]  # (T, 4) xywh, pixels; NaN where the target is absent
    frame: Callable[[int], Image]

    @property
    def first_box(self) -> Box:
        """The target in the first frame."""
        return Box(*self.truth[0].tolist())

    def frames(self) -> Iterator[tuple[int, Image]]:
        """All frames but the first, in order, with their numbers."""
        for index in range(1, len(self.truth)):
            yield index, self.frame(index)


def painted_clips(frames: int = 40) -> list[Clip]:
    """Clips that need no files."""
    clips = []
    for seed in _SEEDS:
        painter = PaintedScene(Scene(frames=frames, seed=seed))
        truth = np.array([tuple(painter.truth(index)) for index in range(frames)])
        clips.append(Clip(f"painted {seed}", truth, partial(_painted, painter)))
    return clips


def read_clips(folder: Path) -> list[Clip]:
    """Clips in folders: NAME/groundtruth.txt and NAME/img/*.

    Those that begin without a target, and those of a single frame, are left out.

    Raises:
        TrackerError: if there is none, or one is damaged.
    """
    clips = [
        Clip(each.name, each.truth, partial(_read, each))
        for each in benchmarks.read("folder", folder)
        if len(each.truth) > 1
        and np.isfinite(each.truth[0]).all()
        and (each.truth[0][2:] > 0).all()
    ]
    if not clips:
        raise CommandError(f"no clip in {folder} begins with a target and has more than one frame")
    return clips


def _painted(painter: PaintedScene, index: int) -> Image:
    return painter.frame(index).pixels


def _read(sequence: Sequence, index: int) -> Image:
    return read_image(sequence.frames[index])
