"""Another project's LowFormer classifier -> ours: `python -m backbones.convert SRC DST`.

SRC is a checkpoint of the LowFormer authors or of timm, DST a .safetensors file, which gets a JSON
card beside it and is read by `backbones.load_classifier`.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from backbones.checkpoint import read_tensors
from backbones.classifier import Classifier
from backbones.entries import Differences, compare, take
from backbones.errors import BackboneError, CheckpointError
from backbones.lowformer import VARIANTS, LowFormer
from backbones.names import DIALECTS, backbone_names, classifier_names
from backbones.weights import Card, save_weights

_LICENSE = "as the source; the LowFormer authors publish theirs under Apache-2.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A variant in the words of one project, held against a file."""

    variant: str
    dialect: str
    network: Classifier  # without values
    names: Mapping[str, str]  # ours -> theirs
    differences: Differences


def convert(source: Path, target: Path, *, origin: str = "", license_: str = _LICENSE) -> Card:
    """Convert a checkpoint file; nothing is written unless every entry is in its place.

    Args:
        source: A pickle (torch >= 2.10) or safetensors file, with the authors' names, older ones
            too, or timm's.
        target: The .safetensors file to write; it must not be `source`.
        origin: Where the numbers come from, for the card; otherwise the source's name and sha256.
        license_: Under which licence, for the card.

    Raises:
        CheckpointError: If the file cannot be read, is no LowFormer, or lacks something; the
            message lists, in the file's own words, what differs from the closest variant.
    """
    if source.resolve() == target.resolve():
        raise CheckpointError(f"{target} would overwrite the file it is made from")
    tensors = read_tensors(source)
    match = closest(tensors)
    if match.differences:
        raise CheckpointError(
            f"{source} is no complete LowFormer classifier. Closest is {match.variant} in the "
            f"names of {match.dialect}; against it, {match.differences}"
        )
    state = take(tensors, match.network, match.names, source=str(source))
    origin = origin or f"{source.name}, sha256 {hashlib.sha256(source.read_bytes()).hexdigest()}"
    return save_weights(state, target, network=match.variant, source=origin, license_=license_)


def closest(tensors: Mapping[str, Tensor]) -> Match:
    """The variant and dialect with the fewest entries that differ from those given."""
    return min(
        (match for variant in VARIANTS for match in _matches(tensors, variant)),
        key=lambda match: len(match.differences),
    )


def load_backbone(backbone: LowFormer, source: Path) -> None:
    """Fill a backbone from a file with the authors' names: its own entries, no fewer and no more.

    Raises:
        CheckpointError: If the file cannot be read or does not fit entry by entry.
    """
    names = backbone_names(backbone)
    backbone.load_state_dict(take(read_tensors(source), backbone, names, source=str(source)))


def _matches(tensors: Mapping[str, Tensor], variant: str) -> Iterator[Match]:
    with torch.device("meta"):
        network = Classifier(VARIANTS[variant])
    entries = network.state_dict()
    for title, dialect in DIALECTS.items():
        names = classifier_names(network, dialect)
        yield Match(
            variant=variant,
            dialect=title,
            network=network,
            names=names,
            differences=compare(tensors, {names[ours]: form for ours, form in entries.items()}),
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m backbones.convert",
        description="Convert a LowFormer classifier of its authors or of timm.",
    )
    parser.add_argument("source", metavar="SRC", type=Path, help="their checkpoint")
    parser.add_argument("target", metavar="DST", type=Path, help="the .safetensors to write")
    parser.add_argument("--origin", default="", help="where it comes from, for the card")
    parser.add_argument("--license", default=_LICENSE, help="its licence, for the card")
    options = parser.parse_args(arguments)
    try:
        card = convert(
            options.source, options.target, origin=options.origin, license_=options.license
        )
    except BackboneError as error:
        line = " ".join(str(error).split())  # names come from the file and may hold anything
        sys.stderr.write(f"error: {line}\n")
        return 2
    sys.stdout.write(f"{options.target}: LowFormer {card.network}, sha256 {card.sha256}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
