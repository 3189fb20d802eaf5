"""What the network should have answered: a teacher's word, corrected where a box is annotated."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from tracker.training.teacher import Response


@dataclass(frozen=True, slots=True)
class Targets:
    """Desired answers on the G x G grid."""

    score: Tensor  # (N, G, G), in [0, 1]
    boxes_cxcywh: Tensor  # (N, 4, G, G), fractions of the search crop, where the teacher is sure
    weight: Tensor  # (N, G, G), how much the teacher's box of a cell counts
    truth_cxcywh: Tensor  # (N, 4), the annotated box
    truth_weight: Tensor  # (N, G, G), where the annotated box counts: near its middle


def make(response: Response, truth_cxcywh: Tensor, labelled: Tensor, *, trust: float) -> Targets:
    """Blend the teacher's response with the annotation.

    Where a box is annotated, cells near its middle should be sure and cells outside of it should
    not (the ellipses of SiamBAN, Chen et al. 2020); between the two the teacher alone decides.

    Args:
        response: of the teacher, on the same crops.
        truth_cxcywh: (N, 4), fractions of the crop.
        labelled: (N,) bool; other boxes were drawn at random and say nothing.
        trust: weight of the teacher's score against the annotation, in [0, 1].
    """
    score = response.score.nan_to_num(0.0)
    grid = score.shape[-1]
    cell = (torch.arange(grid, device=score.device)) / grid
    cx, cy, w, h = (truth_cxcywh[:, i, None, None] for i in range(4))
    least = 1.0 / grid  # even the smallest target has a cell
    dx = (cell[None, None, :] - cx) / w.clamp(min=least)
    dy = (cell[None, :, None] - cy) / h.clamp(min=least)
    radius = (dx**2 + dy**2).sqrt()
    inner, outer = radius < 0.25, radius > 0.5
    blended = torch.where(
        inner, trust * score + 1 - trust, torch.where(outer, trust * score, score)
    )
    known = labelled[:, None, None]
    wanted = torch.where(known, blended, score)
    right = torch.where(known, radius < 0.5, torch.ones_like(outer))
    return Targets(
        wanted,
        response.boxes_cxcywh,
        score * (score > 0.2) * right,
        truth_cxcywh,
        inner * known * 1.0,
    )
