"""A network's tensors <-> one safetensors file, all of them or none."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as as_bytes
from torch import Tensor, nn

from backbones.entries import compare
from tracker.errors import WeightsError


def tensors(network: nn.Module) -> dict[str, Tensor]:
    """What is saved: everything but batch norm's counters, which only training reads."""
    return {name: t for name, t in network.state_dict().items() if t.is_floating_point()}


def save(network: nn.Module, path: Path, *, half: bool) -> None:
    """Write the tensors of `network`, with `half` its matrices and kernels in half precision.

    Vectors (norms, biases) stay in float32: they are few, and small variances would suffer.
    """
    stored = {
        name: (tensor.half() if half and tensor.dim() > 1 else tensor.float()).contiguous()
        for name, tensor in tensors(network).items()
    }
    temporary = path.with_suffix(".partial")
    temporary.write_bytes(as_bytes(stored))  # `save_file` lets nobody else read what it writes
    temporary.replace(path)


def fill(network: nn.Module, path: Path) -> None:
    """Fill `network` with the tensors at `path`.

    Raises:
        WeightsError: if the file is damaged, does not fit exactly, or holds NaN, infinity or what
            is too large for the network's numbers.
    """
    try:
        given = load_file(path)
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"cannot read the weights {path}: {error}") from error
    wanted = tensors(network)
    if differences := compare(given, wanted):
        raise WeightsError(f"{path} does not fit the network: {differences}")
    values = {name: given[name].to(tensor.dtype) for name, tensor in wanted.items()}
    if bad := [name for name, value in values.items() if not torch.isfinite(value).all()]:
        raise WeightsError(f"{path} holds NaN or infinity in {', '.join(bad[:5])}")
    with torch.no_grad():
        for name, tensor in wanted.items():
            tensor.copy_(values[name])
