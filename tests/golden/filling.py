"""Weights and images made from names and numbers, so that no golden file has to hold them.

The reference outputs were made with weights by this rule, each tensor from its own name in the
LowFormer authors' state dict: the name's CRC-32 seeds a PCG64 generator, and the kind of tensor
says what is drawn. `num_batches_tracked`, which does not change an output, stays zero.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

Float = npt.NDArray[np.float32]


def filled(shapes: Mapping[str, Sequence[int]]) -> dict[str, Tensor]:
    """A state dict with the given names and shapes."""
    return {name: _drawn(name, tuple(shape)) for name, shape in shapes.items()}


def image(seed: int, shape: Sequence[int]) -> Tensor:
    """Normal noise, as if already normalised."""
    noise = np.random.Generator(np.random.PCG64(seed)).normal(0, 1, tuple(shape))
    return torch.from_numpy(noise.astype(np.float32))


def samples(values: Tensor, count: int = 64) -> Float:
    """Up to `count` values, evenly spaced over the flattened tensor, both ends included."""
    flat = values.detach().flatten().numpy()
    where = np.linspace(0, flat.size - 1, min(count, flat.size)).round().astype(int)
    taken: Float = flat[where]
    return taken


def _drawn(name: str, shape: tuple[int, ...]) -> Tensor:
    if name.endswith("num_batches_tracked"):
        return torch.zeros(shape, dtype=torch.int64)
    generator = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))
    is_matrix = name.endswith("weight") and len(shape) > 1
    is_scale = name.endswith(("weight", "running_var"))
    if is_matrix:
        values = generator.normal(0, 0.7 / math.sqrt(math.prod(shape[1:])), shape)
    elif is_scale:
        values = generator.uniform(0.8, 1.2, shape)
    else:
        values = generator.normal(0, 0.05, shape)
    return torch.from_numpy(np.asarray(values, dtype=np.float32))
