"""Reading other projects' checkpoint files: a dict of tensors, or an error."""

from __future__ import annotations

import pickle
import re
import struct
import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor
from torch.torch_version import TorchVersion

from backbones.errors import CheckpointError

_SAFE_SINCE = "2.10"  # earlier weights_only loads could be broken: CVE-2025-32434, CVE-2026-24747
_NESTS = ("state_dict", "model_state_dict", "model", "net")  # in which trainers keep the weights
_WRAPPERS = ("module.", "_orig_mod.", "model.", "net.")  # parallel and compiled networks, trainers
# What the restricted unpickler raises on damaged files, as seen when bytes were changed at random.
_DAMAGED = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    pickle.UnpicklingError,
    struct.error,
)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The state dict in a checkpoint, safetensors or pickle, on the CPU, wrappers' prefixes gone.

    A pickle is opened by torch's restricted unpickler, which runs no code. Beside a nested state
    dict it may hold plain numbers, texts and containers (epoch, optimizer), which are left.

    Raises:
        CheckpointError: If the file cannot be read, names anything that is not a tensor or plain
            data, or if an entry of its state dict is no ordinary tensor.
    """
    try:
        with path.open("rb") as file:
            start = file.read(9)
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror}") from error
    # safetensors begins with the length of its header, eight bytes, and the header is JSON
    content = _safetensors(path) if start[8:] == b"{" else _state_dict(_unpickled(path), path)
    return _unwrapped(_tensors(content, path))


def _safetensors(path: Path) -> Mapping[object, object]:
    try:
        return {name: tensor for name, tensor in load(path.read_bytes()).items()}
    except (OSError, KeyError, ValueError, SafetensorError) as error:
        raise CheckpointError(f"{path} is damaged: {error}") from error


def _unpickled(path: Path) -> object:
    if TorchVersion(torch.__version__) < TorchVersion(_SAFE_SINCE):
        raise CheckpointError(
            f"{path} is a pickle, which torch {torch.__version__} cannot open safely; "
            f"install torch>={_SAFE_SINCE}, or give the file as safetensors"
        )
    try:
        # an open file, because of a path newer versions of torch look at the ending
        with path.open("rb") as file, warnings.catch_warnings():
            # about odd files, which are then either read rightly or refused
            warnings.simplefilter("ignore", UserWarning)
            content: object = torch.load(file, map_location="cpu", weights_only=True)
    except _DAMAGED as error:
        if named := re.search(r"GLOBAL (\S+)", str(error)):
            raise CheckpointError(
                f"{path} holds more than tensors: it names {named[1]}. It was not opened. Where it "
                "was made, save the state dict alone, best as safetensors"
            ) from error
        raise CheckpointError(f"{path} is no checkpoint of tensors, or is damaged") from error
    return content


def _state_dict(content: object, path: Path) -> Mapping[object, object]:
    outer: set[int] = set()  # a pickle may hold itself
    while isinstance(content, Mapping) and id(content) not in outer:
        nested = [content[key] for key in _NESTS if isinstance(content.get(key), Mapping)]
        if not nested:
            return content
        outer.add(id(content))
        content = nested[0]
    raise CheckpointError(f"{path} holds a {type(content).__name__}, not a dict of tensors")


def _tensors(content: Mapping[object, object], path: Path) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {}
    others: list[str] = []
    for name, value in content.items():
        if isinstance(name, str) and isinstance(value, Tensor) and _is_ordinary(value):
            tensors[name] = value.detach()
        else:
            others.append(f"{name} ({type(value).__name__})")
    if others or not tensors:
        listed = ", ".join(others[:8]) + (", ..." if len(others) > 8 else "") or "nothing"
        raise CheckpointError(f"{path} should hold ordinary tensors alone, but holds {listed}")
    return tensors


def _is_ordinary(tensor: Tensor) -> bool:
    return (
        tensor.layout is torch.strided and not tensor.is_quantized and tensor.device.type == "cpu"
    )


def _unwrapped(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    while shared := [p for p in _WRAPPERS if all(name.startswith(p) for name in tensors)]:
        tensors = {name.removeprefix(shared[0]): value for name, value in tensors.items()}
    return tensors
