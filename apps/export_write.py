"""Write a model's folder with the graphs that were asked for."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from apps.export_clips import Clip
from apps.export_follow import Pixels, moments
from tracker import Card, weights
from tracker.loading import Model, open_model
from tracker.model.network import TrackingNetwork
from tracker.runtime.building import build_network
from tracker.runtime.export import traced_match, write_graphs, write_half_graphs
from tracker.runtime.fused import fused
from tracker.runtime.graphs import Part, matching
from tracker.runtime.paired import paired
from tracker.runtime.phased import phased
from tracker.runtime.quantised import Sample, write_onnx, write_openvino
from tracker.runtime.spelled import spelled

CALIBRATION_SAMPLES = 200


def write_folder(
    model: str, folder: Path, *, half: bool, calibration: Sequence[Clip] | None
) -> Card:
    """Write weights, graphs and card.

    Args:
        model: name of a packaged model, or a folder with a card.
        folder: an empty one.
        half: also in half precision.
        calibration: also in INT8, learned from these clips; None to leave that out.

    Raises:
        TrackerError: if the model cannot be read, a clip neither, or a package is missing.
    """
    source = weights.find(model)
    card = weights.read(source)
    network = build_network(source, card)
    stored = folder / f"{card.name}.safetensors"
    shutil.copyfile(source / stored.name, stored)
    names = [stored.name, *write_graphs(network, stored, card.tracking)]
    if half:
        names += write_half_graphs(network, folder, card.tracking)
    if calibration is not None:
        sizes = matching(card.tracking)
        names += _write_quantised(source, network, folder, calibration, sizes)
    card = replace(card, files={name: weights.digest(folder / name) for name in names})
    weights.write(folder, card)
    return card


def _write_quantised(
    source: Path,
    network: TrackingNetwork,
    folder: Path,
    clips: Sequence[Clip],
    sizes: Mapping[int, Part],
) -> list[str]:
    # large search crops throughout: a smaller one shows their middle
    samples = calibration_samples(open_model(source, engine="eager", full_search=True), clips)
    plain = fused(network)
    names: list[str] = []
    for size, part in sizes.items():
        shown = [(memory, _middle(searches, size)) for memory, searches in samples]
        with TemporaryDirectory() as temporary:
            path = Path(temporary) / "plain.onnx"
            _write_plain(paired(spelled(phased(plain))), path, shown[0])
            names += write_openvino(folder, part, path, shown)
            _write_plain(plain, path, shown[0])
            names.append(write_onnx(folder, part, path, shown))
    return names


def _middle(searches: Pixels, size: int) -> Pixels:
    """What a smaller search crop shows."""
    edge = (searches.shape[1] - size) // 2
    return np.ascontiguousarray(searches[:, edge : edge + size, edge : edge + size])


def _write_plain(network: TrackingNetwork, path: Path, sample: Sample) -> None:
    """`match` with its weights inside."""
    graph = traced_match(network, *(torch.from_numpy(each) for each in sample))
    path.write_bytes(graph.SerializeToString())


def calibration_samples(eager: Model, clips: Sequence[Clip]) -> list[Sample]:
    """What the network is given while it follows the targets of `clips`."""
    return [
        (
            np.asarray(eager.runtime.encode(moment.template), dtype=np.float32),
            moment.searches[:1],
        )
        for moment in moments(eager, clips, CALIBRATION_SAMPLES)
    ]
