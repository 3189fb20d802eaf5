"""How much a network computes: multiply-accumulates."""

from __future__ import annotations

from itertools import chain

from torch import Tensor, nn
from torch.func import functional_call
from torch.utils.flop_counter import FlopCounterMode


def count_macs(network: nn.Module, *inputs: Tensor) -> int:
    """Multiply-accumulates of one forward pass.

    Convolutions, transposed ones included, and matrix products count, those of attention too;
    norms, activations and other elementwise arithmetic do not. This is half of what torch's own
    counter calls floating-point operations, and the convention of the published LowFormer figures.

    Nothing is computed and nothing copied: the pass runs on shapes alone.

    Args:
        network: Left as it is.
        inputs: What its forward takes; only their shapes and types matter.
    """
    shapes = {
        name: tensor.detach().to("meta")
        for name, tensor in chain(network.named_parameters(), network.named_buffers())
    }
    counter = FlopCounterMode(display=False)
    with counter:
        functional_call(network, shapes, tuple(tensor.to("meta") for tensor in inputs))
    return int(counter.get_total_flops()) // 2
