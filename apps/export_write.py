"""Write a model's folder with the graphs that were asked for."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from apps.export_clips import Clip
from apps.export_follow import moments
from tracker import Card, weights
from tracker.loading import Model, open_model
from tracker.model.network import TrackingNetwork
from tracker.runtime.building import build_network
from tracker.runtime.export import traced, write_graphs
from tracker.runtime.fused import fused
from tracker.runtime.half import write_half_graphs
from tracker.runtime.phased import phased
from tracker.runtime.quantised import Sample, write_onnx, write_openvino

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
    write_graphs(network, stored)
    names = [stored.name, "encode.onnx", "match.onnx"]
    if half:
        names += write_half_graphs(network, folder)
    if calibration is not None:
        names += _write_quantised(source, network, folder, calibration)
    card = replace(card, files={name: weights.digest(folder / name) for name in names})
    weights.write(folder, card)
    return card


def _write_quantised(
    source: Path, network: TrackingNetwork, folder: Path, clips: Sequence[Clip]
) -> list[str]:
    samples = calibration_samples(open_model(source, engine="eager"), clips)
    plain = fused(network)
    with TemporaryDirectory() as temporary:
        path = Path(temporary) / "match.onnx"
        _write_plain(phased(plain), path, samples[0])
        names = list(write_openvino(folder, path, samples))
        _write_plain(plain, path, samples[0])
        names.append(write_onnx(folder, path, samples))
    return names


def _write_plain(network: TrackingNetwork, path: Path, sample: Sample) -> None:
    """`match` with its weights inside."""
    given = tuple(torch.from_numpy(each) for each in sample)
    graph = traced(network, given, ["memory", "searches"], ["score", "size", "offset"])
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
