"""A network in half precision, for GPUs: fp32 memory and maps outside, fp16 inside.

Batch norms are folded into the convolutions before them while still in fp32, and group norms stay
in it: they add up tens of thousands of squares.
"""

from __future__ import annotations

from torch import Tensor, nn

from tracker.model.head import Maps
from tracker.model.network import TrackingNetwork
from tracker.runtime.exchange import exchange
from tracker.runtime.fused import fused


class _FloatNorm(nn.Module):
    def __init__(self, norm: nn.GroupNorm) -> None:
        super().__init__()
        self.norm = norm

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.norm(x.float())
        return out.half()


class HalfNetwork(nn.Module):
    """A network that computes in half precision; memory and maps are fp32, pixels are bytes."""

    def __init__(self, network: TrackingNetwork) -> None:
        """Make it of a network in fp32, which stays as it is."""
        super().__init__()
        self.network = halved(network)

    def encode(self, templates: Tensor) -> Tensor:
        """See `TrackingNetwork`."""
        return self.network.remember(self.network.normalised(templates).half()).float()

    def forward(self, memory: Tensor, searches: Tensor) -> Maps:
        """See `TrackingNetwork`."""
        images = self.network.normalised(searches).half()
        score, size, offset = self.network.match(memory.half(), images)
        return score.float(), size.float(), offset.float()


def halved(network: TrackingNetwork) -> TrackingNetwork:
    """A copy in half precision; what it subtracts from pixels, and group norms, stay in fp32."""
    half = fused(network)
    exchange(half, lambda layer: _FloatNorm(layer) if isinstance(layer, nn.GroupNorm) else None)
    half = half.half()
    half.mean, half.std = network.mean, network.std
    for module in half.modules():
        if isinstance(module, _FloatNorm):
            module.float()
    return half
