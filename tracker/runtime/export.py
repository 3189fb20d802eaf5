"""Write a network as the graphs that other engines read, over one file of weights.

`encode.onnx` (templates -> memory), `match.onnx` (memory, searches -> score, size, offset) and
`near.onnx`, which is the same for smaller search crops, hold structure only: their weights are
external data that lie in the safetensors file beside them, so nothing is stored twice.
"""

from __future__ import annotations

import json
import struct
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import onnx
import torch
from onnx import TensorProto, helper
from torch import Tensor, nn

from tracker import weights
from tracker.config import TrackingConfig
from tracker.model import state_dict
from tracker.model.network import TrackingNetwork
from tracker.runtime.graphs import Part, graph_name, matching
from tracker.runtime.half import HalfNetwork
from tracker.runtime.spelled import spelled
from tracker.weights import Card

OPSET = 17  # the oldest that TensorRT 8.6 and OpenCV read and that has what is needed


class Encoder(Protocol):
    """A network that remembers templates."""

    def encode(self, pixels: Tensor) -> Tensor:
        """See `TrackingNetwork`."""


class Encode(nn.Module):
    """What a network does with templates, as a module of its own."""

    def __init__(self, network: Encoder) -> None:
        super().__init__()
        self.network = network

    def forward(self, templates: Tensor) -> Tensor:
        """(N, T, T, 3) uint8 template crops -> memory."""
        return self.network.encode(templates)


def pack(network: TrackingNetwork, folder: Path, card: Card, *, half: bool) -> Card:
    """Write a model folder: weights, graphs, and the card with their digests.

    Args:
        network: what is to be packed.
        folder: made if it is not there.
        card: all but its `files`.
        half: store kernels in half precision.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{card.name}.safetensors"
    state_dict.save(network, path, half=half)
    state_dict.fill(network, path)  # as stored, so that graphs' constants agree with it
    files = path.name, *write_graphs(network, path, card.tracking)
    card = replace(card, files={name: weights.digest(folder / name) for name in files})
    weights.write(folder, card)
    return card


def write_graphs(network: TrackingNetwork, stored: Path, config: TrackingConfig) -> tuple[str, ...]:
    """Write a network's graphs, over weights that are stored already; return their names.

    Args:
        network: whose weights they are.
        stored: its safetensors file, beside which the graphs are written.
        config: for which crops there is a graph.
    """
    entries = _entries(stored)
    names = []
    simple = spelled(network)
    for part, graph in traced_parts(Encode(simple), simple, config):
        _point_at(graph, stored.name, entries)
        names.append(graph_name(part, "fp32"))
        stored.with_name(names[-1]).write_bytes(graph.SerializeToString())
    return tuple(names)


def write_half_graphs(
    network: TrackingNetwork, folder: Path, config: TrackingConfig
) -> tuple[str, ...]:
    """Write all graphs in half precision, with their weights inside; return their names.

    Newer versions of TensorRT take precision from the graph alone, so it is put there.
    """
    half = HalfNetwork(network)
    names = []
    for part, graph in traced_parts(Encode(half), half, config):
        names.append(graph_name(part, "fp16"))
        (folder / names[-1]).write_bytes(graph.SerializeToString())
    return tuple(names)


def traced_parts(
    encode: nn.Module, match: nn.Module, config: TrackingConfig
) -> Iterator[tuple[Part, onnx.ModelProto]]:
    """All graphs of a model.

    Args:
        encode: templates -> memory.
        match: memory, searches -> score, size, offset.
        config: for which crops there is a graph.
    """
    encode, match = encode.eval(), match.eval()
    template = torch.zeros(1, config.template_size, config.template_size, 3, dtype=torch.uint8)
    with torch.no_grad():
        memory = encode(template)
    yield "encode", traced(encode, (template,), ["templates"], ["memory"])
    for size, part in matching(config).items():
        yield part, traced_match(match, memory, torch.zeros(1, size, size, 3, dtype=torch.uint8))


def traced_match(match: nn.Module, memory: Tensor, searches: Tensor) -> onnx.ModelProto:
    """The graph of `match` for crops of one size."""
    inputs = memory, searches
    return traced(match, inputs, ["memory", "searches"], ["score", "size", "offset"])


def traced(
    module: nn.Module, inputs: tuple[Tensor, ...], names: list[str], outputs: list[str]
) -> onnx.ModelProto:
    """The TorchScript exporter's graph, with batch norm as it is and a free batch dimension."""
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        path = Path(folder) / "graph.onnx"
        # torch's own: this exporter is deprecated, but the new one writes no opset below 18
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            inputs,
            path,
            input_names=names,
            output_names=outputs,
            opset_version=OPSET,
            dynamo=False,
            training=torch.onnx.TrainingMode.PRESERVE,  # in EVAL it would rename what it folds
            dynamic_axes={name: {0: "batch"} for name in names + outputs},
        )
        return onnx.load(path)


def _entries(stored: Path) -> dict[str, tuple[str, int, int]]:
    """Name -> type, offset and length of every tensor in a safetensors file."""
    with stored.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    return {
        name: (
            entry["dtype"],
            8 + length + entry["data_offsets"][0],
            entry["data_offsets"][1] - entry["data_offsets"][0],
        )
        for name, entry in header.items()
        if name != "__metadata__"
    }


def _point_at(
    model: onnx.ModelProto, location: str, entries: dict[str, tuple[str, int, int]]
) -> None:
    """Replace initializers by references into the weights file, cast back to float32."""
    casts = []
    for tensor in model.graph.initializer:
        name = tensor.name.removeprefix("network.")
        if name not in entries:
            continue
        kind, offset, length = entries[name]
        tensor.ClearField("raw_data")
        tensor.ClearField("float_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", location), ("offset", offset), ("length", length)):
            entry = tensor.external_data.add()
            entry.key, entry.value = key, str(value)
        if kind == "F16":
            full = tensor.name
            tensor.name, tensor.data_type = f"{full}.half", TensorProto.FLOAT16
            casts.append(helper.make_node("Cast", [tensor.name], [full], to=TensorProto.FLOAT))
    nodes = list(model.graph.node)
    model.graph.ClearField("node")
    model.graph.node.extend(casts + nodes)
