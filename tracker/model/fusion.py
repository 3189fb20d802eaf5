"""How template and search meet: pixel-wise correlation with channel attention."""

from __future__ import annotations

import torch
from torch import Tensor, nn


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
    """One correlation map per template position (LightTrack, Yan et al. 2021).

    With `search_channels` the search features themselves go on beside the maps, so that what
    follows sees the outline of things and not only where the template fires.
    """

    def __init__(self, positions: int, out_channels: int, *, search_channels: int = 0) -> None:
        super().__init__()
        self.attention = ChannelAttention(positions)
        self.project = nn.Conv2d(positions + search_channels, out_channels, 1)
        self.keeps_search = search_channels > 0

    def forward(self, template: Tensor, search: Tensor) -> Tensor:
        """(N, C, k, k), (N, C, G, G) -> (N, out_channels, G, G); k * k is `positions`."""
        kernels = template.flatten(2).transpose(1, 2)  # (N, k * k, C)
        maps = kernels @ search.flatten(2)  # (N, k * k, G * G)
        maps = self.attention(maps.reshape(-1, maps.shape[1], *search.shape[-2:]))
        if self.keeps_search:
            maps = torch.cat([maps, search], dim=1)
        out: Tensor = self.project(maps)
        return out
