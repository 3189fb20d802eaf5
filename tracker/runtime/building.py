"""A model's folder -> its network in PyTorch."""

from __future__ import annotations

from pathlib import Path

from tracker.errors import WeightsError
from tracker.model.network import NETWORKS, TrackingNetwork
from tracker.model.state_dict import fill
from tracker.weights import Card


def build_network(folder: Path, card: Card) -> TrackingNetwork:
    """Build the network that `card` names, with the weights in `folder`.

    Raises:
        WeightsError: if there is no such network, or the weights do not fit it.
    """
    if card.network not in NETWORKS:
        raise WeightsError(f"{folder}: no network {card.network!r}; known: {', '.join(NETWORKS)}")
    network = TrackingNetwork(NETWORKS[card.network])
    fill(network, folder / f"{card.name}.safetensors")
    return network.eval()
