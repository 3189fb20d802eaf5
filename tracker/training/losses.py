"""How far maps are from what they should be."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def score_loss(logits: Tensor, wanted: Tensor) -> Tensor:
    """Cross entropy less that of the wanted scores themselves, in units of cells per target.

    Not focal: which of two unlikely cells is the less unlikely decides when the target is hard to
    see, and that is told by small differences.

    Args:
        logits: (N, G, G).
        wanted: (N, G, G), in [0, 1].
    """
    entropy = F.binary_cross_entropy_with_logits(logits, wanted, reduction="sum")
    least = F.binary_cross_entropy(wanted, wanted, reduction="sum")
    return (entropy - least) / (wanted.sum() + len(wanted))


def presence_loss(logits: Tensor, present: Tensor) -> Tensor:
    """Cross entropy of the presence of a target, where both answers weigh the same.

    Args:
        logits: (N, 1).
        present: (N,) bool: does the search crop show the template's target?
    """
    share = present.float().mean().clamp(0.02, 0.98)
    weight = torch.where(present, 0.5 / share, 0.5 / (1 - share))
    return F.binary_cross_entropy_with_logits(logits[:, 0].float(), present.float(), weight=weight)


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
    return (features - mean) / (deviation(features, mean) + 1e-5)


def deviation(features: Tensor, mean: Tensor) -> Tensor:
    """Each channel's standard deviation; ten times faster than `Tensor.std` on a processor."""
    variance = (features - mean).square().mean((0, 2, 3), keepdim=True)
    return variance.clamp(min=1e-12).sqrt()  # of a constant, without an infinite gradient


def decoded(size: Tensor, offset: Tensor) -> Tensor:
    """Every cell's box: (N, 2, G, G) twice -> (N, 4, G, G) cxcywh, fractions of the crop."""
    grid = size.shape[-1]
    cell = torch.arange(grid, device=size.device, dtype=size.dtype)
    x = (cell[None, None, :] + offset[:, 0]) / grid
    y = (cell[None, :, None] + offset[:, 1]) / grid
    return torch.stack([x, y, size[:, 0], size[:, 1]], dim=1)


def best_iou(score: Tensor, boxes_cxcywh: Tensor, truth_cxcywh: Tensor) -> Tensor:
    """(N,) overlap of the surest cell's box with the (N, 4) true boxes."""
    index = score.flatten(1).argmax(1)
    best = boxes_cxcywh.flatten(2).gather(2, index[:, None, None].expand(-1, 4, 1))[..., 0]
    return iou(_xyxy(best), _xyxy(truth_cxcywh))


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
    half = cxcywh[:, 2:].abs() / 2
    return torch.cat([cxcywh[:, :2] - half, cxcywh[:, :2] + half], 1)
