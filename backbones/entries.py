"""All entries of a state dict, or an error that names those that differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from backbones.errors import CheckpointError

_PACKED = torch.float4_e2m1fn_x2  # two numbers in one, which torch can keep and nothing else
_LISTED = 20  # names of one kind in a message; a foreign network would fill the screen


@dataclass(frozen=True, slots=True)
class Differences:
    """How the entries of a file differ from those it should have."""

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    misshapen: tuple[str, ...]  # each with both shapes

    def __len__(self) -> int:
        return len(self.missing) + len(self.unexpected) + len(self.misshapen)

    def __str__(self) -> str:
        kinds = (
            ("missing", self.missing),
            ("unexpected", self.unexpected),
            ("of another shape or type", self.misshapen),
        )
        return "; ".join(f"{len(names)} {kind}: {_list(names)}" for kind, names in kinds if names)


def compare(given: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> Differences:
    """Names, shapes and kinds of number; of `wanted`, the values are never looked at."""
    return Differences(
        missing=tuple(name for name in wanted if name not in given),
        unexpected=tuple(name for name in given if name not in wanted),
        misshapen=tuple(
            f"{name} is {_form(given[name])}, should be {_form(tensor)}"
            for name, tensor in wanted.items()
            if name in given and _form(given[name]) != _form(tensor)
        ),
    )


def take(
    given: Mapping[str, Tensor], network: nn.Module, names: Mapping[str, str], *, source: str
) -> dict[str, Tensor]:
    """The state dict of `network`, taken from tensors that have other names.

    Args:
        given: Tensors by the names they have in `source`.
        network: What they are for, on any device; it is not changed.
        names: For every entry of the network's state dict, its name in `given`.
        source: What to call the origin in a message.

    Returns:
        Tensors under the network's names, of the network's number types.

    Raises:
        CheckpointError: If an entry is missing, unexpected, of another shape, or not finite.
    """
    entries = network.state_dict()
    if differences := compare(given, {names[ours]: value for ours, value in entries.items()}):
        raise CheckpointError(f"{source} does not fit: {differences}")
    state = {ours: given[names[ours]].to(value.dtype) for ours, value in entries.items()}
    if broken := [names[ours] for ours, value in state.items() if not torch.isfinite(value).all()]:
        raise CheckpointError(f"{source} has values that are not finite in {_list(broken)}")
    return state


def _form(tensor: Tensor) -> str:
    plain = tensor.is_floating_point() and tensor.dtype is not _PACKED
    number = "" if plain else f"{tensor.dtype} ".replace("torch.", "")
    return f"{number}{tuple(tensor.shape)}"


def _list(names: tuple[str, ...] | list[str]) -> str:
    rest = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {rest} more" if rest > 0 else "")
