"""Some layers of a network in the place of others."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn


def exchange(network: nn.Module, make: Callable[[nn.Module], nn.Module | None]) -> None:
    """Put what `make` makes of a layer, wherever that is not None, in the layer's place."""
    for module in list(network.modules()):
        for name, child in module.named_children():
            made = make(child)
            if made is not None:
                setattr(module, name, made)
