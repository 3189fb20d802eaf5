"""How far maps are from what they should be."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from tracker.training.targets import Targets


def score_loss(score: Tensor, wanted: Tensor) -> Tensor:
    """Quality focal loss (Li et al. 2020) on soft targets, in units of cells per target.

    Args:
        score: (N, G, G), in (0, 1).
        wanted: (N, G, G), in [0, 1].
    """
    entropy = -(wanted * score.log() + (1 - wanted) * (1 - score).log())
    return ((score - wanted).abs() ** 1.5 * entropy).sum() / (wanted.sum() + len(wanted))


def box_loss(boxes_cxcywh: Tensor, wanted_cxcywh: Tensor, weight: Tensor) -> Tensor:
    """2 GIoU (Rezatofighi et al. 2019) + 5 L1, averaged over cells by weight.

    Args:
        boxes_cxcywh: (N, 4, G, G), fractions of the crop.
        wanted_cxcywh: the same, or (N, 4, 1, 1).
        weight: (N, G, G).
    """
    wanted = wanted_cxcywh.expand_as(boxes_cxcywh)
    chosen = weight > 0
    a, b = (_xyxy(boxes.permute(0, 2, 3, 1)[chosen]) for boxes in (boxes_cxcywh, wanted))
    weight = weight[chosen]
    each = 2 * (1 - _giou(a, b)) + 5 * (a - b).abs().mean(1)
    return (each * weight).sum() / (weight.sum() + 1e-3)


def feature_loss(features: Tensor, wanted: Tensor) -> Tensor:
    """Smooth L1 + (1 - cosine) on channel-standardised targets.

    Args:
        features: (N, C, G, G), in standardised units.
        wanted: (N, C, G, G), a teacher's features.
    """
    wanted = standardised(wanted)
    return F.smooth_l1_loss(features, wanted) + 1 - F.cosine_similarity(features, wanted, 1).mean()


def standardised(features: Tensor) -> Tensor:
    """Every channel with mean 0 and deviation 1 over the batch."""
    mean = features.mean((0, 2, 3), keepdim=True)
    return (features - mean) / (features.std((0, 2, 3), keepdim=True) + 1e-5)


def decoded(size: Tensor, offset: Tensor) -> Tensor:
    """Every cell's box: (N, 2, G, G) twice -> (N, 4, G, G) cxcywh, fractions of the crop."""
    grid = size.shape[-1]
    cell = torch.arange(grid, device=size.device, dtype=size.dtype)
    x = (cell[None, None, :] + offset[:, 0]) / grid
    y = (cell[None, :, None] + offset[:, 1]) / grid
    return torch.stack([x, y, size[:, 0], size[:, 1]], dim=1)


def best_iou(score: Tensor, boxes_cxcywh: Tensor, targets: Targets) -> Tensor:
    """(N,) overlap of the surest cell's box with the drawn box."""
    index = score.flatten(1).argmax(1)
    best = boxes_cxcywh.flatten(2).gather(2, index[:, None, None].expand(-1, 4, 1))[..., 0]
    return iou(_xyxy(best), _xyxy(targets.truth_cxcywh))


def iou(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of (N, 4) xyxy boxes."""
    shared = _area(_overlap(a, b))
    return shared / (_area(a) + _area(b) - shared).clamp(min=1e-9)


def _giou(a: Tensor, b: Tensor) -> Tensor:
    shared = _area(_overlap(a, b))
    union = (_area(a) + _area(b) - shared).clamp(min=1e-9)
    hull = torch.cat([torch.minimum(a[:, :2], b[:, :2]), torch.maximum(a[:, 2:], b[:, 2:])], 1)
    around = _area(hull).clamp(min=1e-9)
    return shared / union - (around - union) / around


def _overlap(a: Tensor, b: Tensor) -> Tensor:
    return torch.cat([torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])], 1)


def _area(xyxy: Tensor) -> Tensor:
    return (xyxy[:, 2:] - xyxy[:, :2]).clamp(min=0).prod(1)


def _xyxy(cxcywh: Tensor) -> Tensor:
    half = cxcywh[:, 2:].abs() / 2 if cxcywh.dim() == 2 else cxcywh[..., 2:] / 2
    return torch.cat([cxcywh[..., :2] - half, cxcywh[..., :2] + half], -1)
