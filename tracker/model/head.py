"""Where, how large, and how sure: score, size and offset for every cell of the search grid."""

from __future__ import annotations

from torch import Tensor, nn

from backbones.lowformer import lowformer_block

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


def _as_maps(score: Tensor, size: Tensor, offset: Tensor) -> Maps:
    return (  # in float32, whose steps are finer than _LEAST near 1
        score.float().sigmoid().clamp(_LEAST, 1 - _LEAST)[:, 0],
        size.float().sigmoid().clamp(_LEAST, 1 - _LEAST),
        offset.float(),
    )


class LowFormerHead(nn.Module):
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

    def forward(self, fused: Tensor) -> Maps:
        """(N, C, G, G) -> score (N, G, G), size (N, 2, G, G), offset (N, 2, G, G)."""
        box = self.box_branch(fused)
        return _as_maps(self.score(self.score_branch(fused)), self.size(box), self.offset(box))


class ConvolutionHead(nn.Module):
    """A light centre head: plain 3x3 convolutions, which are fast for what they compute."""

    def __init__(self, channels: int, *, score_blocks: int, box_blocks: int) -> None:
        super().__init__()
        self.score = nn.Sequential(
            *(_conv(channels, channels) for _ in range(score_blocks)), nn.Conv2d(channels, 1, 1)
        )
        self.box = nn.Sequential(
            *(_conv(channels, channels) for _ in range(box_blocks)), nn.Conv2d(channels, 4, 1)
        )

    def forward(self, fused: Tensor) -> Maps:
        """(N, C, G, G) -> score (N, G, G), size (N, 2, G, G), offset (N, 2, G, G)."""
        box = self.box(fused)
        return _as_maps(self.score(fused), box[:, :2], box[:, 2:])
