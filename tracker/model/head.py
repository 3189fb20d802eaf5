"""Where, how large, and how sure: score, size and offset for every cell of the search grid."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from torch import Tensor, nn

from backbones.lowformer import lowformer_block
from tracker.model.fusion import positions

Maps = tuple[Tensor, Tensor, Tensor]  # score (N, G, G), size (N, 2, G, G), offset (N, 2, G, G)

_LEAST = 1e-4  # scores and sizes stay in [_LEAST, 1 - _LEAST], so that logarithms stay finite


def _conv(c_in: int, c_out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(c_in, c_out, 3, padding=1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU()
    )


def _separable(c_in: int, c_out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(c_in, c_in, 3, padding=1, groups=c_in),
        nn.ReLU(),
        nn.Conv2d(c_in, c_out, 1),
        nn.ReLU(),
        nn.BatchNorm2d(c_out),
    )


def _tower(channels: int, out_channels: int) -> nn.Sequential:
    half, quarter = channels // 2, channels // 4
    return nn.Sequential(
        _separable(channels, channels),
        _separable(channels, half),
        _separable(half, quarter),
        nn.Conv2d(quarter, out_channels, 1),
    )


class Answer(NamedTuple):
    """What a head computes, before it is brought to its ranges."""

    score: Tensor  # (N, 1, G, G), logits: which cell is the target's, if it is there
    size: Tensor  # (N, 2, G, G), logits
    offset: Tensor  # (N, 2, G, G), cells
    presence: Tensor | None  # (N, 1), logits: is it there at all? None: the score says it


class Head(nn.Module, ABC):
    """Fused maps -> score, size and offset."""

    @abstractmethod
    def answer(self, fused: Tensor) -> Answer:
        """(N, C, G, G) -> the answer that training sees."""

    def forward(self, fused: Tensor) -> Maps:
        """(N, C, G, G) -> score (N, G, G), size (N, 2, G, G), offset (N, 2, G, G)."""
        answer = self.answer(fused)
        # in float32, whose steps are finer than _LEAST near 1
        score = answer.score[:, 0].float().sigmoid()
        if answer.presence is not None:
            score = score * answer.presence.float().sigmoid()[..., None]
        size = answer.size.float().sigmoid().clamp(_LEAST, 1 - _LEAST)
        return score.clamp(_LEAST, 1 - _LEAST), size, answer.offset.float()


class LowFormerHead(Head):
    """Centre head with LowFormer blocks in both branches, as in LowFormer-Track and SMAT."""

    def __init__(self, channels: int, *, score_blocks: int, box_blocks: int) -> None:
        super().__init__()
        self.score_branch = self._branch(channels, score_blocks)
        self.box_branch = self._branch(channels, box_blocks)
        self.score = _tower(channels, 1)
        self.offset = _tower(channels, 2)
        self.size = _tower(channels, 2)

    @staticmethod
    def _branch(channels: int, blocks: int) -> nn.Sequential:
        return nn.Sequential(
            _conv(channels, channels),
            *(
                lowformer_block(channels, attention_stride=2, mixer="attention+mlp")
                for _ in range(blocks)
            ),
        )

    def answer(self, fused: Tensor) -> Answer:
        """See `Head`."""
        box = self.box_branch(fused)
        score = self.score(self.score_branch(fused))
        return Answer(score, self.size(box), self.offset(box), None)


class SeparableHead(Head):
    """A light centre head that sees far: depthwise and pointwise convolutions, one after the other.

    Each branch has its own half of the fused channels. Whether the target is there at all is a
    question apart: answering it must not change which cell is the best.
    """

    def __init__(self, channels: int, *, score_blocks: int, box_blocks: int) -> None:
        super().__init__()
        self.score_blocks = nn.Sequential(*(_block(channels) for _ in range(score_blocks)))
        self.box_blocks = nn.Sequential(*(_block(channels) for _ in range(box_blocks)))
        self.score = nn.Conv2d(channels, 1, 1)
        self.box = nn.Conv2d(channels, 4, 1)
        self.presence = nn.Sequential(
            nn.Linear(2 * channels, channels), nn.ReLU(), nn.Linear(channels, 1)
        )

    def answer(self, fused: Tensor) -> Answer:
        """(N, 2 C, G, G) -> see `Head`."""
        half = int(fused.shape[1]) // 2
        correlated, bounded = fused[:, :half], fused[:, half:]
        features = self.score_blocks(correlated)
        score = self.score(features)
        box = self.box(self.box_blocks(bounded))
        presence = self.presence(best_seen(correlated, features, score))
        return Answer(score, box[:, :2], box[:, 2:], presence)


def best_seen(correlated: Tensor, features: Tensor, score: Tensor) -> Tensor:
    """What the best cells saw; nothing is learned through it.

    Args:
        correlated: (N, C, G, G), what the score's branch begins with.
        features: (N, C, G, G), what it ends with.
        score: (N, 1, G, G), logits.

    Returns:
        (N, 2 C).
    """
    seen = positions(torch.cat([correlated, features], dim=1).detach())
    best = positions(score.detach().float()).softmax(2)
    return (seen * best.to(seen.dtype)).sum(2)


def _block(channels: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False),
        nn.Conv2d(channels, channels, 1, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
    )
