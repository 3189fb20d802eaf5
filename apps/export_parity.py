"""The gate at the end of every export: does each engine give the same boxes?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apps.export_clips import Clip
from apps.export_follow import Moment, success_auc
from tracker.loading import Model
from tracker.runtime.graphs import Precision
from tracker.step import conclude

MOST_PIXELS = 0.5  # that a box may differ
MOST_AUC = 0.005
COARSE: tuple[Precision, ...] = ("bf16", "int8")  # move single boxes, and are judged by AUC
MOST_AUC_COARSE = 0.01


@dataclass(frozen=True, slots=True)
class Parity:
    """How far an engine is from the network as it was built."""

    engine: str
    precision: Precision
    moments: int
    box_px: float  # largest difference of x, y, w or h
    median_px: float
    score: float  # largest difference
    auc: float | None  # signed, engine minus eager; None without clips

    def objection(self) -> str | None:
        """What speaks against using the engine; None if nothing does."""
        limit = MOST_AUC_COARSE if self.precision in COARSE else MOST_AUC
        if not np.isfinite([self.box_px, self.score]).all():
            return "answers with something else than finite numbers"
        if self.precision not in COARSE and self.box_px > MOST_PIXELS:
            return f"moves a box by {self.box_px:.2f} px, more than {MOST_PIXELS}"
        if self.auc is not None and abs(self.auc) > limit:
            return f"changes AUC by {self.auc:+.4f}, more than {limit}"
        return None


def compare(
    model: Model,
    precision: Precision,
    seen: Sequence[Moment],
    clips: Sequence[Clip],
    reference_auc: float | None,
) -> Parity:
    """Let an engine look at the same moments, and follow the same clips.

    Args:
        model: with the engine.
        precision: its.
        seen: what the network as it was built made of some frames.
        clips: to follow, if an AUC is given.
        reference_auc: what it reached on them; None to leave that out.

    Raises:
        TrackerError: if the engine fails.
    """
    config = model.card.tracking
    boxes, scores = [], []
    for moment in seen:
        memory = model.runtime.encode(moment.template)
        stacked = model.runtime.stack([memory] * len(moment.squares))
        maps = model.runtime.match(stacked, moment.searches)
        if not all(np.isfinite(part).all() for part in (maps.score, maps.size, maps.offset)):
            boxes.append(np.inf)
            scores.append(np.inf)
            continue
        state = conclude(maps, moment.squares, moment.before, moment.frame_wh, config)
        step = np.subtract(tuple(state.box), tuple(moment.after.box))
        boxes.append(float(np.abs(step).max()))
        scores.append(abs(state.score - moment.after.score))
    auc = None if reference_auc is None else success_auc(model, clips) - reference_auc
    return Parity(
        model.engine,
        precision,
        len(seen),
        max(boxes),
        float(np.median(boxes)),
        max(scores),
        auc,
    )


def table(found: Sequence[Parity]) -> str:
    """One line an engine."""
    lines = [
        f"{'engine':<12}{'precision':<11}{'moments':>8}{'box px':>9}{'median px':>11}{'score':>9}"
        f"{'AUC':>9}"
    ]
    for each in found:
        auc = "-" if each.auc is None else f"{each.auc:+.4f}"
        lines.append(
            f"{each.engine:<12}{each.precision:<11}{each.moments:>8}{each.box_px:>9.4f}"
            f"{each.median_px:>11.5f}{each.score:>9.5f}{auc:>9}"
        )
    return "\n".join(lines)
