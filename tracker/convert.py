"""A published LowFormer-Track checkpoint -> a model folder: `python -m tracker.convert SRC DST`.

SRC is the authors' pickle (opened without running code, on torch >= 2.10) or a safetensors file
with their names; DST a folder that `tracker.load(DST)` loads.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from backbones.checkpoint import read_tensors
from backbones.entries import Differences, compare, take
from backbones.errors import BackboneError
from tracker import weights
from tracker.config import TrackingConfig
from tracker.errors import TrackerError, WeightsError
from tracker.memory import MemoryConfig
from tracker.model.names import ALIASES, tracker_names
from tracker.model.network import NETWORKS, NetworkConfig, TrackingNetwork
from tracker.runtime.export import pack
from tracker.state import StateConfig
from tracker.weights import Card


def published_tracking(network: NetworkConfig) -> TrackingConfig:
    """How LowFormer-Track uses its network: full window, no smoothing, crops by area."""
    return TrackingConfig(
        template_size=network.template_size,
        search_size=network.search_size,
        crop_rule="area",
        lead=0.0,
        influence=1.0,
        penalty=0.0,
        state=StateConfig(size_rate=100.0),
        memory=MemoryConfig(every=0),
    )


def convert(source: Path, target: Path, *, origin: str = "") -> Card:
    """Convert a checkpoint; nothing is written unless every entry is in its place.

    Args:
        source: the authors' checkpoint, its network under the key `net` or bare.
        target: the folder to write; made if it is not there.
        origin: where the numbers come from, for the card; otherwise the source's name and sha256.

    Raises:
        WeightsError: if the file cannot be read, is no such tracker, or lacks something; the
            message lists, in the file's own words, what differs from the closest network. Also if
            the folder cannot be written.
    """
    try:
        tensors = _without_aliases(read_tensors(source))
        name, network, names, differences = _closest(tensors)
        if differences:
            raise WeightsError(
                f"{source} is no complete LowFormer-Track network. Closest is {name}; "
                f"against it, {differences}"
            )
        state = take(tensors, network, names, source=str(source))
    except BackboneError as error:
        raise WeightsError(str(error)) from error
    network = TrackingNetwork(NETWORKS[name])
    network.load_state_dict(state)
    card = Card(
        name=name,
        network=name,
        tracking=published_tracking(NETWORKS[name]),
        license="as the source; LowFormer-Track is published under Apache-2.0",
        data="as the source",
        teacher="none",
        schedule=origin or f"converted from {source.name}, sha256 {weights.digest(source)}",
    )
    try:
        return pack(network, target, card, half=False)
    except OSError as error:
        raise WeightsError(f"cannot write the model {target}: {error}") from error


def _without_aliases(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors without those that a checkpoint holds twice, which must agree."""
    kept = dict(tensors)
    for name, value in tensors.items():
        for alias, original in ALIASES.items():
            twin = original + name.removeprefix(alias)
            if name.startswith(alias) and twin in tensors:
                if not torch.equal(value, tensors[twin]):
                    raise WeightsError(f"{name} differs from {twin}")
                del kept[name]
    return kept


def _closest(
    tensors: Mapping[str, Tensor],
) -> tuple[str, TrackingNetwork, dict[str, str], Differences]:
    """The network with the published head that has the fewest entries that differ."""
    candidates = []
    for name, config in NETWORKS.items():
        if config.head != "lowformer":
            continue
        with torch.device("meta"):
            network = TrackingNetwork(config)
        names = tracker_names(network)
        wanted = {names[ours]: value for ours, value in network.state_dict().items()}
        candidates.append((name, network, names, compare(tensors, wanted)))
    return min(candidates, key=lambda candidate: len(candidate[3]))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tracker.convert", description="Convert a published LowFormer tracker."
    )
    parser.add_argument("source", metavar="SRC", type=Path, help="the authors' checkpoint")
    parser.add_argument("target", metavar="DST", type=Path, help="the folder to write")
    parser.add_argument("--origin", default="", help="where it comes from, for the card")
    options = parser.parse_args(arguments)
    try:
        card = convert(options.source, options.target, origin=options.origin)
    except TrackerError as error:
        sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
        return 2
    sys.stdout.write(f"{options.target}: LowFormer-Track {card.name}, sha256 {card.sha256}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
