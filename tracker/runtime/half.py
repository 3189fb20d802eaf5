"""The two graphs in half precision, for GPUs: fp32 memory and maps outside, fp16 inside.

Newer versions of TensorRT take precision from the graph alone, so it is put there. Batch norms are
folded into the convolutions before them while still in fp32, and group norms stay in it: they add
up tens of thousands of squares. The graphs hold their own weights.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from tracker.model.head import Maps
from tracker.model.network import TrackingNetwork
from tracker.runtime.export import traced
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


def write_half_graphs(network: TrackingNetwork, folder: Path) -> tuple[str, str]:
    """Write `encode.fp16.onnx` and `match.fp16.onnx`; return their names."""
    config = network.config
    half = halved(network)
    template = torch.zeros(1, config.template_size, config.template_size, 3, dtype=torch.uint8)
    search = torch.zeros(1, config.search_size, config.search_size, 3, dtype=torch.uint8)
    encode, match = _HalfEncode(half).eval(), _HalfMatch(half).eval()
    with torch.inference_mode():
        memory = encode(template).clone()
    names = graph_name("encode", "fp16"), graph_name("match", "fp16")
    graphs = (
        traced(encode, (template,), ["templates"], ["memory"]),
        traced(match, (memory, search), ["memory", "searches"], ["score", "size", "offset"]),
    )
    for name, graph in zip(names, graphs, strict=True):
        (folder / name).write_bytes(graph.SerializeToString())
    return names


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
