"""Both branches of the light head side by side, so that there are half as many layers.

Where a layer takes a hundredth of a millisecond, most of that goes into its beginning and its end.
"""

from __future__ import annotations

from copy import deepcopy
from itertools import chain
from typing import cast

import torch
from torch import Tensor, nn

from tracker.model.fusion import BranchedCorrelation, positions
from tracker.model.head import Answer, Head, SeparableHead, best_seen
from tracker.model.network import TrackingNetwork


def paired(network: TrackingNetwork) -> TrackingNetwork:
    """A copy of `network` that computes the same with fewer layers.

    Args:
        network: with batch norms folded (`tracker.runtime.fused`). One without the light head, or
            with more blocks in one branch than in the other, is copied as it is.
    """
    copy = deepcopy(network)
    fusion, head = copy.fusion, copy.head
    if (
        isinstance(fusion, BranchedCorrelation)
        and isinstance(head, SeparableHead)
        and len(head.score_blocks) == len(head.box_blocks)
    ):
        copy.fusion, copy.head = PairedCorrelation(fusion), PairedHead(head)
    return copy


class PairedCorrelation(nn.Module):
    """Computes what a `BranchedCorrelation` does."""

    def __init__(self, branches: BranchedCorrelation) -> None:
        super().__init__()
        one, two = branches.score, branches.box
        self.template = _joined(one.template[0], two.template[0])
        with torch.no_grad():
            for parameter in self.template.parameters():
                parameter.mul_(one.scale)  # which is the same in both
        self.search = _joined(one.search[0], two.search[0])
        self.fc1 = _grouped(one.attention.fc1, two.attention.fc1)
        self.fc2 = _grouped(one.attention.fc2, two.attention.fc2)
        self.project = _grouped(one.correlate.project, two.correlate.project)

    def forward(self, template: Tensor, search: Tensor) -> Tensor:
        """See `BranchedCorrelation`."""
        rows, columns = map(int, search.shape[-2:])
        kernels, cells = _by_branch(self.template(template)), _by_branch(self.search(search))
        maps = kernels.transpose(-1, -2) @ cells  # (N, 2, k * k, G * G)
        maps = maps.reshape(-1, 2 * int(maps.shape[2]), rows, columns)
        pooled = maps.mean((2, 3), keepdim=True)
        out: Tensor = self.project(maps * self.fc2(self.fc1(pooled).relu()).sigmoid())
        return out


class PairedHead(Head):
    """Computes what a `SeparableHead` does."""

    def __init__(self, head: SeparableHead) -> None:
        super().__init__()
        self.blocks = nn.Sequential(
            *chain.from_iterable(
                _paired_block(cast(nn.Sequential, one), cast(nn.Sequential, two))
                for one, two in zip(head.score_blocks, head.box_blocks, strict=True)
            )
        )
        self.score, self.box, self.presence = head.score, head.box, head.presence

    def answer(self, fused: Tensor) -> Answer:
        """(N, 2 C, G, G) -> see `Head`."""
        half = int(fused.shape[1]) // 2
        both = self.blocks(fused)
        features = both[:, :half]
        score, box = self.score(features), self.box(both[:, half:])
        hidden = self.presence[:2](best_seen(fused[:, :half], features, score))
        last = cast(nn.Linear, self.presence[2])
        presence = (hidden * last.weight).sum(1, keepdim=True) + last.bias  # one number: no matrix
        return Answer(score, box[:, :2], box[:, 2:], presence)


def _paired_block(one: nn.Sequential, two: nn.Sequential) -> list[nn.Module]:
    return [_grouped(one[0], two[0]), _grouped(one[1], two[1]), nn.ReLU()]


def _by_branch(maps: Tensor) -> Tensor:
    """(N, 2 C, H, W) -> (N, 2, C, H * W)."""
    flat = positions(maps)
    return flat.reshape(-1, 2, int(flat.shape[1]) // 2, int(flat.shape[2]))


def _joined(one: nn.Module, two: nn.Module) -> nn.Conv2d:
    """Both of what sees the same channels."""
    return _both(cast(nn.Conv2d, one), cast(nn.Conv2d, two), shares=1)


def _grouped(one: nn.Module, two: nn.Module) -> nn.Conv2d:
    """Both of what sees channels of its own: as two groups, or twice as many."""
    return _both(cast(nn.Conv2d, one), cast(nn.Conv2d, two), shares=2)


def _both(one: nn.Conv2d, two: nn.Conv2d, *, shares: int) -> nn.Conv2d:
    made = nn.Conv2d(
        shares * one.in_channels,
        one.out_channels + two.out_channels,
        cast(tuple[int, int], one.kernel_size),
        padding=cast(tuple[int, int], one.padding),
        groups=shares * one.groups,
        bias=one.bias is not None,
    )
    with torch.no_grad():
        made.weight.copy_(torch.cat([one.weight, two.weight]))
        if made.bias is not None:
            made.bias.copy_(torch.cat([cast(Tensor, one.bias), cast(Tensor, two.bias)]))
    return made
