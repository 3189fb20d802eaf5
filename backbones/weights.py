"""Classifier weights on disk: `NAME.safetensors` beside `NAME.json`, its card."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from backbones.classifier import Classifier
from backbones.entries import take
from backbones.errors import CheckpointError
from backbones.lowformer import VARIANTS

SUFFIX = ".safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What must be known about a weight file before it is used."""

    network: str  # a key of backbones.VARIANTS
    sha256: str  # of the weight file
    source: str  # where the numbers come from
    license: str

    def __post_init__(self) -> None:
        if not all(isinstance(value, str) for value in asdict(self).values()):
            raise TypeError("every field of the card is a text")


def save_weights(
    state: Mapping[str, Tensor], path: Path, *, network: str, source: str, license_: str
) -> Card:
    """Write weights and card; neither is ever there half.

    Args:
        state: The state dict of a `Classifier` of variant `network`.
        path: Ends in .safetensors; the card goes beside it, with .json instead.
        network: A key of `backbones.VARIANTS`.
        source: Where the numbers come from, for the card.
        license_: Under which licence, for the card.

    Raises:
        CheckpointError: If the path has another ending or cannot be written.
    """
    if path.suffix != SUFFIX:
        raise CheckpointError(f"weights are written to a file ending in {SUFFIX}, not to {path}")
    # copied, because safetensors takes no tensors that share memory, as those of a pickle may
    dense = torch.contiguous_format
    data = save({name: tensor.clone(memory_format=dense) for name, tensor in state.items()})
    card = Card(
        network=network, sha256=hashlib.sha256(data).hexdigest(), source=source, license=license_
    )
    try:
        _write(path, data)
        _write(path.with_suffix(".json"), f"{json.dumps(asdict(card), indent=2)}\n".encode())
    except OSError as error:
        raise CheckpointError(f"cannot write {path} and its card: {error}") from error
    return card


def load_classifier(path: str | Path, *, device: str | torch.device = "cpu") -> Classifier:
    """A classifier with the weights at `path`, all of them or none, ready for inference.

    Args:
        path: A file that `python -m backbones.convert` wrote, ending in .safetensors; its card lies
            beside it.
        device: Where to run.

    Raises:
        CheckpointError: If a file is missing or damaged, is not the one its card describes, does
            not fit the network entry by entry, or has a value that is not finite.
    """
    path = Path(path)
    try:
        card = Card(**json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
        data = path.read_bytes()
    except (OSError, RecursionError, TypeError, ValueError) as error:
        raise CheckpointError(f"cannot read {path} and its card: {error}") from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != card.sha256:
        raise CheckpointError(f"{path} is not the file its card describes: sha256 is {digest}")
    if card.network not in VARIANTS:
        raise CheckpointError(
            f"the card of {path} says {card.network!r}; there are {', '.join(VARIANTS)}"
        )
    try:
        tensors = load(data)
    except (KeyError, ValueError, SafetensorError) as error:
        raise CheckpointError(f"{path} is damaged: {error}") from error
    with torch.device("meta"):  # every value is about to be replaced
        classifier = Classifier(VARIANTS[card.network])
    names = {name: name for name in classifier.state_dict()}
    classifier.load_state_dict(take(tensors, classifier, names, source=str(path)), assign=True)
    return classifier.to(device).eval()


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
