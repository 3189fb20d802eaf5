"""How template and search meet: pixel-wise correlation with channel attention, once or twice."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def positions(maps: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, C, H * W), with sizes that are numbers when a graph is exported."""
    channels, rows, columns = map(int, maps.shape[1:])
    return maps.reshape(-1, channels, rows * columns)


class ChannelAttention(nn.Module):
    """Reweight correlation maps by what they say on the whole (squeeze and excitation)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels, 1)
        self.fc2 = nn.Conv2d(channels, channels, 1)

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, G, G) -> (N, C, G, G)."""
        pooled = maps.mean((2, 3), keepdim=True)
        weights: Tensor = self.fc2(self.fc1(pooled).relu()).sigmoid()
        return maps * weights


class PixelwiseCorrelation(nn.Module):
    """One correlation map per template position (LightTrack, Yan et al. 2021)."""

    def __init__(self, positions: int, out_channels: int) -> None:
        super().__init__()
        self.attention = ChannelAttention(positions)
        self.project = nn.Conv2d(positions, out_channels, 1)

    def forward(self, template: Tensor, search: Tensor) -> Tensor:
        """(N, C, k, k), (N, C, G, G) -> (N, out_channels, G, G); k * k is `positions`."""
        rows, columns = map(int, search.shape[-2:])
        kernels = positions(template).transpose(1, 2)  # (N, k * k, C)
        maps = kernels @ positions(search)  # (N, k * k, G * G)
        maps = self.attention(maps.reshape(-1, int(maps.shape[1]), rows, columns))
        out: Tensor = self.project(maps)
        return out


class AdaptedCorrelation(nn.Module):
    """Pixel-wise correlation of features that are first adapted to one purpose.

    What follows sees correlations alone, no looks: so it cannot learn by heart what was shown to it
    in training.
    """

    def __init__(self, width: int, positions: int, out_channels: int) -> None:
        super().__init__()
        self.template = _pointwise(width, out_channels)
        self.search = _pointwise(width, out_channels)
        self.scale = out_channels**-0.5
        self.correlate = PixelwiseCorrelation(positions, out_channels)

    def forward(self, template: Tensor, search: Tensor) -> Tensor:
        """(N, C, k, k), (N, C, G, G) -> (N, out_channels, G, G); k * k is `positions`."""
        out: Tensor = self.correlate(self.template(template) * self.scale, self.search(search))
        return out

    @property
    def attention(self) -> ChannelAttention:
        """What the correlation maps go through first."""
        return self.correlate.attention


class BranchedCorrelation(nn.Module):
    """A correlation for each branch of the head: what tells targets apart is not what bounds them.

    As in SiamRPN++ (Li et al. 2019), SiamBAN (Chen et al. 2020) and NanoTrack.
    """

    def __init__(self, width: int, positions: int, out_channels: int) -> None:
        super().__init__()
        self.score = AdaptedCorrelation(width, positions, out_channels)
        self.box = AdaptedCorrelation(width, positions, out_channels)

    def forward(self, template: Tensor, search: Tensor) -> Tensor:
        """(N, C, k, k), (N, C, G, G) -> (N, 2 * out_channels, G, G), the score branch's first."""
        return torch.cat([self.score(template, search), self.box(template, search)], dim=1)


def _pointwise(c_in: int, c_out: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(c_in, c_out, 1, bias=False), nn.BatchNorm2d(c_out))
