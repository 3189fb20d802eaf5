"""Building blocks of equal cost: the widths at which each kind takes the same number of MACs.

The budget is that of the fused MBConv of LowFormer-B0, which is the same in all of its stages: the
channels double where the sides of the map halve. Widths are multiples of eight, hidden ones of
four, so that no kind suffers from lengths that processors and GPUs do not like.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn

from backbones import VARIANTS
from backbones.lowformer import ConvAttention, ConvNormAct, Residual, fused_mbconv

CHANNELS = VARIANTS["b0"].channels
STRIDES = VARIANTS["b0"].strides
EXPANSION = 4
GROUP_WIDTH = 8  # channels that see each other in a grouped convolution
FUSED, MBCONV, GROUPED, DEPTHWISE = "fused MBConv", "MBConv", "grouped 3x3", "depthwise 3x3"
FULL, REDUCED = "attention, full", "attention, half"
_STEP, _HIDDEN_STEP = 8, 4


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One block: its input has `channels` channels, on the map of stage `stage` (1-4)."""

    kind: str
    stage: int
    channels: int
    network: nn.Module

    @property
    def name(self) -> str:
        """What it is called in a contest."""
        return f"{self.kind}, stage {self.stage}"


def blocks(stage: int) -> Iterator[Block]:
    """Every kind of block for one stage (1-4), the convolutions at equal MACs.

    The attentions are LowFormer's at the stage's own width: on all cells of the map, and on a map
    of half its sides. Their MACs are what they are.
    """
    channels = CHANNELS[stage - 1]
    budget = fused_cost(channels)
    yield Block(FUSED, stage, channels, Residual(_fused(channels)))
    width, hidden = mbconv_widths(budget)
    yield Block(MBCONV, stage, width, Residual(_mbconv(width, hidden)))
    width = _nearest(budget / (9 * GROUP_WIDTH))
    yield Block(GROUPED, stage, width, ConvNormAct(width, width, 3, groups=width // GROUP_WIDTH))
    width = _nearest(budget / 9)
    yield Block(DEPTHWISE, stage, width, ConvNormAct(width, width, 3, groups=width))
    for kind, stride in ((FULL, 1), (REDUCED, 2)):
        yield Block(kind, stage, channels, Residual(ConvAttention(channels, stride=stride)))


def fused_cost(channels: int) -> int:
    """MACs of a fused MBConv for one cell of its map: a full 3x3 and a 1x1 convolution."""
    hidden = EXPANSION * channels
    return 9 * channels * hidden + hidden * channels


def mbconv_widths(budget: int) -> tuple[int, int]:
    """Width and hidden width of the MBConv whose MACs a cell are closest to `budget`.

    Hidden is about four times the width, as in LowFormer: a tenth more or less is allowed, because
    with one free number alone the MACs would differ by several percent.

    Args:
        budget: that of a fused MBConv of at least 32 channels; below, eights are too coarse.
    """
    guess = _nearest((budget / (2 * EXPANSION)) ** 0.5)
    fitting = [
        (width, hidden)
        for width in range(max(_STEP, guess - 4 * _STEP), guess + 4 * _STEP + 1, _STEP)
        for hidden in [round(budget / (2 * width + 9) / _HIDDEN_STEP) * _HIDDEN_STEP]
        if 0.9 <= hidden / (EXPANSION * width) <= 1.1
    ]
    return min(fitting, key=lambda pair: abs(pair[1] * (2 * pair[0] + 9) - budget))


def _nearest(width: float) -> int:
    return max(1, round(width / _STEP)) * _STEP


def _fused(channels: int) -> nn.Module:
    return fused_mbconv(channels, channels, expansion=EXPANSION)


def _mbconv(width: int, hidden: int) -> nn.Module:
    """LowFormer's MBConv, with a hidden width of one's own."""
    return nn.Sequential(
        ConvNormAct(width, hidden, 1, bias=True, norm=False),
        ConvNormAct(hidden, hidden, 3, groups=hidden, bias=True, norm=False),
        ConvNormAct(hidden, width, 1, act=False),
    )
