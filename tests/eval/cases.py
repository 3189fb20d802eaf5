"""Two sequences made by a rule, with everything that protocols treat differently."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from eval.sequence import Sequence
from tests.eval.trees import chance, truth

Floats = NDArray[np.float64]

FRAMES = 60


def sequences(benchmark: str) -> tuple[Sequence, Sequence]:
    """Make two sequences: frames 10 to 14 are away, frame 20 has no box, frame 30 starts at 0."""
    found = []
    for seed in (3, 4):
        boxes = truth(FRAMES, seed)
        boxes[20] = np.nan if benchmark == "uav123" else 0
        boxes[30, 0] = 0
        away = np.zeros(FRAMES, dtype=np.bool_)
        away[10:15] = True
        cover = np.full(FRAMES, 8)
        cover[10:15] = 0
        flagged = benchmark in {"lasot", "lasot-ext"}
        found.append(
            Sequence(
                f"s{seed}",
                (),
                boxes,
                attributes=frozenset({"IV"} if seed == 3 else {"IV", "OV"}),
                benchmark=benchmark,
                annotation=boxes,
                out_of_view=away if flagged else None,
                cover=cover if benchmark == "got10k" else None,
                image_size=(180, 140) if benchmark == "got10k" else None,
            )
        )
    return found[0], found[1]


def results(benchmark: str, *, broken: bool = False) -> dict[str, Floats]:
    """Make boxes near the truth, whole numbers and halves; broken ones have NaN and no sides."""
    made = {}
    for sequence in sequences(benchmark):
        target = truth(FRAMES, int(sequence.name[1:]))
        shift = chance(len(sequence.name) + int(sequence.name[1:]), FRAMES * 4).reshape(-1, 4)
        boxes = target + np.round((shift - 0.5) * [24, 20, 12, 10] * 2) / 2
        boxes[:, 2:] = np.maximum(boxes[:, 2:], 1)
        boxes[40:42] = target[40:42]
        boxes[25, 2] = 0
        if broken:
            boxes[5] = np.nan
            boxes[6, 3] = -2
            boxes[7, 0] = np.nan
        made[sequence.name] = boxes
    return made


def without_away(sequence: Sequence) -> Sequence:
    """Take the flags from a sequence."""
    return dataclasses.replace(sequence, out_of_view=None, full_occlusion=None, absent=None)
