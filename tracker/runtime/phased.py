"""Transposed convolutions as plain ones, for engines that have no 8-bit kernels for them.

A transposed convolution of stride 2 writes four pixels for each that it reads, one of each phase of
the output. A plain convolution with four times the channels computes all phases, and a shuffle puts
them in their places (sub-pixel convolution, Shi et al. 2016).
"""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, pixel_shuffle

from tracker.model.network import TrackingNetwork
from tracker.runtime.exchange import exchange

# for each phase, the tap of a kernel of 4 (stride 2, padding 1) that falls on the pixel before, the
# pixel itself and the one after; 4 stands for none
_TAPS = ((3, 1, 4), (4, 2, 0))


class PhasedConvTranspose2d(nn.Module):
    """Computes what a `ConvTranspose2d` with kernel 4, stride 2 and padding 1 does."""

    def __init__(self, layer: nn.ConvTranspose2d) -> None:
        super().__init__()
        c_in, c_out = layer.in_channels, layer.out_channels
        taps = torch.tensor(_TAPS)
        with torch.no_grad():
            padded = pad(layer.weight, (0, 1, 0, 1))  # (in, out, 5, 5): the fifth tap is zero
            phases = padded[:, :, taps][..., taps]  # (in, out, row, 3, column, 3)
            kernels = phases.permute(1, 2, 4, 0, 3, 5).reshape(4 * c_out, c_in, 3, 3)
            self.conv = nn.Conv2d(c_in, 4 * c_out, 3, padding=1, bias=layer.bias is not None)
            self.conv.weight.copy_(kernels)
            if layer.bias is not None and self.conv.bias is not None:
                self.conv.bias.copy_(layer.bias.repeat_interleave(4))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C_in, H, W) -> (N, C_out, 2 H, 2 W)."""
        return pixel_shuffle(self.conv(x), 2)


def phased(network: TrackingNetwork) -> TrackingNetwork:
    """A copy of `network` without transposed convolutions of stride 2."""
    copy = deepcopy(network)
    exchange(copy, _phased)
    return copy


def _phased(layer: nn.Module) -> nn.Module | None:
    if isinstance(layer, nn.ConvTranspose2d) and layer.stride == (2, 2):
        return PhasedConvTranspose2d(layer)
    return None
