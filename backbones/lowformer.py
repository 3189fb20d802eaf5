"""LowFormer: a hardware-efficient convolution/attention backbone.

Nottebaum, Dunnhofer and Micheloni, WACV 2025 (arXiv:2409.03460); E-series: IJCV 134(6):295, 2026
(arXiv:2603.26551).

Data flow, for an image of H x W pixels: stem (H/2) -> two convolution stages (H/4, H/8) ->
two attention stages (H/16, H/32). `forward` returns the stage maps. Every step halves upwards, so
a map has ceil(H / stride) x ceil(W / stride) cells and any image size will do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, cast, get_args

import torch.nn.functional as F
from torch import Tensor, nn

Mixer = Literal["attention+mlp", "attention", "none"]

_STAGE_STRIDES = (4, 8, 16, 32)


@dataclass(frozen=True, slots=True, kw_only=True)
class LowFormerConfig:
    """Everything that separates one LowFormer variant from another."""

    widths: tuple[int, int, int, int, int]  # channels: stem, stages 1-4
    depths: tuple[int, int, int, int, int]  # blocks:   stem, stages 1-4
    downsample_expansion: int = 6  # channel expansion inside stride-2 blocks
    stem_expansion: int = 2  # channel expansion inside stem blocks
    mixer: Mixer = "attention+mlp"  # token mixing in stages 3 and 4
    head_widths: tuple[int, int] = (1536, 1600)  # of the published classifier

    def __post_init__(self) -> None:
        if len(self.widths) != 5 or min(self.widths) < 1:
            raise ValueError(f"widths are five positive numbers, not {self.widths}")
        # stages 1 and 2 count their stride-2 block, so none of them can be empty
        if len(self.depths) != 5 or min(self.depths) < 0 or min(self.depths[1:3]) < 1:
            raise ValueError(
                f"depths are five numbers, those of stages 1 and 2 positive, not {self.depths}"
            )

    @property
    def channels(self) -> tuple[int, int, int, int]:
        """Channels of the four stage maps."""
        return self.widths[1:]

    @property
    def strides(self) -> tuple[int, int, int, int]:
        """Pixels of the image to a cell, for each of the four stage maps."""
        return _STAGE_STRIDES


VARIANTS: Final[Mapping[str, LowFormerConfig]] = MappingProxyType(
    {
        "b0": LowFormerConfig(
            widths=(16, 32, 64, 128, 256), depths=(0, 1, 1, 3, 4), downsample_expansion=4
        ),
        "b1": LowFormerConfig(widths=(16, 32, 64, 128, 256), depths=(0, 1, 1, 5, 5)),
        "b1.5": LowFormerConfig(
            widths=(20, 40, 80, 160, 320), depths=(0, 1, 1, 6, 6), head_widths=(2304, 2560)
        ),
        "b2": LowFormerConfig(
            widths=(24, 48, 96, 192, 384), depths=(0, 1, 1, 6, 6), head_widths=(2304, 2560)
        ),
        "b3": LowFormerConfig(
            widths=(32, 64, 128, 256, 512), depths=(1, 2, 3, 6, 6), stem_expansion=4
        ),
        "e1": LowFormerConfig(
            widths=(20, 40, 80, 160, 320),
            depths=(0, 1, 1, 4, 4),
            mixer="none",
            head_widths=(2304, 2560),
        ),
        "e2": LowFormerConfig(
            widths=(32, 64, 128, 256, 512), depths=(1, 2, 3, 4, 4), stem_expansion=4, mixer="none"
        ),
        "e3": LowFormerConfig(
            widths=(32, 64, 128, 256, 512),
            depths=(1, 2, 3, 6, 6),
            stem_expansion=4,
            mixer="attention",
        ),
    }
)

_BLOCK_EXPANSION = 4  # of every block that keeps its resolution
_FUSE_BELOW = 256  # channels; narrower blocks use full 3x3 convolutions, as upstream does


class ConvNormAct(nn.Sequential):
    """Convolution with 'same' padding, then optional batch norm and hard-swish."""

    def __init__(
        self,
        c_in: int,
        c_out: int,
        kernel: int,
        *,
        stride: int = 1,
        groups: int = 1,
        bias: bool = False,
        norm: bool = True,
        act: bool = True,
    ) -> None:
        layers: list[nn.Module] = [
            nn.Conv2d(c_in, c_out, kernel, stride, padding=kernel // 2, groups=groups, bias=bias)
        ]
        if norm:
            layers.append(nn.BatchNorm2d(c_out))
        if act:
            layers.append(nn.Hardswish())
        super().__init__(*layers)


class Residual(nn.Module):
    """x + fn(x)."""

    def __init__(self, fn: nn.Module) -> None:
        super().__init__()
        self.fn = fn

    def forward(self, x: Tensor) -> Tensor:
        return x + cast(Tensor, self.fn(x))


def fused_mbconv(
    c_in: int, c_out: int, *, expansion: int, stride: int = 1, bias: bool = False
) -> nn.Sequential:
    """Full 3x3 expansion, 1x1 projection."""
    hidden = c_in * expansion
    return nn.Sequential(
        ConvNormAct(c_in, hidden, 3, stride=stride, bias=bias),
        ConvNormAct(hidden, c_out, 1, act=False),
    )


def mbconv(channels: int, *, expansion: int) -> nn.Sequential:
    """1x1 expansion, depthwise 3x3, 1x1 projection; only the projection is normalised."""
    hidden = channels * expansion
    return nn.Sequential(
        ConvNormAct(channels, hidden, 1, bias=True, norm=False),
        ConvNormAct(hidden, hidden, 3, groups=hidden, bias=True, norm=False),
        ConvNormAct(hidden, channels, 1, act=False),
    )


class ConvAttention(nn.Module):
    """Lowtention: softmax attention on a strided map, brought back by a transposed convolution.

    Shapes: (N, C, H, W) -> (N, C, H, W). Attention runs on H/stride x W/stride tokens.
    """

    def __init__(self, channels: int, *, stride: int) -> None:
        super().__init__()
        self.heads = max(1, channels // 2 // 30)
        self.head_dim = channels // self.heads // 2
        inner = self.heads * self.head_dim
        self.reduce = ConvNormAct(
            channels, channels, 5 if stride > 1 else 3, stride=stride, groups=channels, act=False
        )
        self.qkv = nn.Conv2d(channels, 3 * inner, 1, bias=False)
        self.restore = nn.ConvTranspose2d(
            inner,
            channels,
            kernel_size=2 * stride if stride > 1 else 3,
            stride=stride,
            padding=max(1, stride // 2),
        )

    def forward(self, x: Tensor) -> Tensor:
        height, width = map(int, x.shape[-2:])  # numbers: exported graphs are of one size
        qkv = self.qkv(self.reduce(x))
        h, w = map(int, qkv.shape[-2:])
        q, k, v = (
            qkv.reshape(-1, self.heads, 3 * self.head_dim, h * w)
            .transpose(-1, -2)
            .split(self.head_dim, dim=-1)
        )
        scale = self.head_dim**-0.5
        tokens = F.scaled_dot_product_attention(q, k, v, scale=scale)  # (N, heads, h*w, head_dim)
        tokens = tokens.transpose(-1, -2).reshape(-1, self.heads * self.head_dim, h, w)
        out: Tensor = self.restore(tokens)
        if (height, width) == tuple(map(int, out.shape[-2:])):
            return out
        return out[..., :height, :width]  # odd maps come back one pixel too large


def lowformer_block(channels: int, *, attention_stride: int, mixer: Mixer) -> nn.Sequential:
    """Token mixing, then channel mixing, then a local convolution; each residual.

    Args:
        channels: Of the input and of the output.
        attention_stride: 2 to attend at half the resolution, 1 at the full one.
        mixer: Which of the first two parts there are. Attention alone goes without GroupNorm, as
            published.

    Raises:
        ValueError: If `mixer` is none of those that exist.
    """
    if mixer not in get_args(Mixer):
        raise ValueError(f"mixer is one of {get_args(Mixer)}, not {mixer!r}")
    layers: list[nn.Module] = []
    if mixer == "attention+mlp":
        hidden = 4 * channels
        attention = ConvAttention(channels, stride=attention_stride)
        layers += [
            Residual(nn.Sequential(nn.GroupNorm(1, channels), attention)),
            Residual(
                nn.Sequential(
                    nn.GroupNorm(1, channels),
                    nn.Conv2d(channels, hidden, 1),
                    nn.GELU(),
                    nn.Conv2d(hidden, channels, 1),
                )
            ),
        ]
    elif mixer == "attention":
        layers.append(Residual(ConvAttention(channels, stride=attention_stride)))
    local = (
        fused_mbconv(channels, channels, expansion=_BLOCK_EXPANSION, bias=True)
        if channels < _FUSE_BELOW
        else mbconv(channels, expansion=_BLOCK_EXPANSION)
    )
    layers.append(Residual(local))
    return nn.Sequential(*layers)


class LowFormer(nn.Module):
    """The backbone: a stem and its stages, which can also be run one by one.

    `channels` and `strides` describe the maps that `forward` returns, from fine to coarse.

    Args:
        config: The variant, as `VARIANTS` has them.
        stages: How many of the four stages to build, 1-4; the coarse ones are left out first.

    Raises:
        ValueError: If `stages` is not within 1-4.
    """

    def __init__(self, config: LowFormerConfig, *, stages: int = 4) -> None:
        if not 1 <= stages <= len(config.channels):
            raise ValueError(f"a LowFormer has 1-{len(config.channels)} stages, not {stages}")
        super().__init__()
        self.config = config
        width = config.widths[0]
        self.stem = nn.Sequential(
            ConvNormAct(3, width, 3, stride=2),
            *(
                Residual(fused_mbconv(width, width, expansion=config.stem_expansion))
                for _ in range(config.depths[0])
            ),
        )
        self.stages = nn.ModuleList(self._stage(number) for number in range(stages))

    @property
    def channels(self) -> tuple[int, ...]:
        """Channels of each map."""
        return self.config.channels[: len(self.stages)]

    @property
    def strides(self) -> tuple[int, ...]:
        """Pixels of the image to a cell of each map."""
        return self.config.strides[: len(self.stages)]

    def _stage(self, number: int) -> nn.Sequential:
        c_in, c_out = self.config.widths[number : number + 2]
        depth = self.config.depths[number + 1]
        downsample = fused_mbconv(c_in, c_out, expansion=self.config.downsample_expansion, stride=2)
        if number < 2:
            blocks: list[nn.Module] = [
                Residual(fused_mbconv(c_out, c_out, expansion=_BLOCK_EXPANSION))
                for _ in range(depth - 1)
            ]
        else:  # attention at half the resolution in the larger of the two maps
            stride = 2 if number == 2 else 1
            blocks = [
                lowformer_block(c_out, attention_stride=stride, mixer=self.config.mixer)
                for _ in range(depth)
            ]
        return nn.Sequential(downsample, *blocks)

    def forward(self, images: Tensor) -> list[Tensor]:
        """The map of every stage.

        Args:
            images: (N, 3, H, W), RGB, scaled to [0, 1] and normalised with ImageNet's mean and std.

        Returns:
            One map a stage, (N, channels[i], ceil(H / strides[i]), ceil(W / strides[i])).
        """
        x = self.stem(images)
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps
