"""A model's graphs in half precision, for GPUs: fp32 memory and maps outside, fp16 inside.

Newer versions of TensorRT take precision from the graph alone, so it is put there. Batch norms are
folded into the convolutions before them while still in fp32, and group norms stay in it: they add
up tens of thousands of squares. The graphs hold their own weights.
"""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from tracker.config import TrackingConfig
from tracker.model.head import Maps
from tracker.model.network import TrackingNetwork
from tracker.runtime.export import traced_parts
from tracker.runtime.fused import fused
from tracker.runtime.graphs import graph_name


class _FloatNorm(nn.Module):
    def __init__(self, norm: nn.GroupNorm) -> None:
        super().__init__()
        self.norm = norm

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.norm(x.float())
        return out.half()


class _HalfEncode(nn.Module):
    def __init__(self, network: TrackingNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, templates: Tensor) -> Tensor:
        return self.network.remember(self.network.normalised(templates).half()).float()


class _HalfMatch(nn.Module):
    def __init__(self, network: TrackingNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, memory: Tensor, searches: Tensor) -> Maps:
        images = self.network.normalised(searches).half()
        score, size, offset = self.network.match(memory.half(), images)
        return score.float(), size.float(), offset.float()


def write_half_graphs(
    network: TrackingNetwork, folder: Path, config: TrackingConfig
) -> tuple[str, ...]:
    """Write all graphs with their weights inside, in half precision; return their names."""
    half = halved(network)
    names = []
    for part, graph in traced_parts(_HalfEncode(half), _HalfMatch(half), config):
        names.append(graph_name(part, "fp16"))
        (folder / names[-1]).write_bytes(graph.SerializeToString())
    return tuple(names)


def halved(network: TrackingNetwork) -> TrackingNetwork:
    """A copy in half precision; what it subtracts from pixels, and group norms, stay in fp32."""
    half = fused(network)
    _keep_norms(half)
    half = half.half()
    half.mean, half.std = network.mean, network.std
    for module in half.modules():
        if isinstance(module, _FloatNorm):
            module.float()
    return half


def _keep_norms(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.GroupNorm):
            setattr(module, name, _FloatNorm(child))
        else:
            _keep_norms(child)
