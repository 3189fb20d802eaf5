"""Graphs in half precision and in 8 bits, from a network with random weights."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

from tests.tracker.model_folder import noise, random_network, tracking, write_model
from tracker import EngineError
from tracker.loading import open_model
from tracker.maps import HeadMaps
from tracker.model.network import NETWORKS, TrackingNetwork
from tracker.runtime import Runtime
from tracker.runtime.export import traced_match, write_half_graphs
from tracker.runtime.fused import fused
from tracker.runtime.graphs import Part
from tracker.runtime.paired import paired
from tracker.runtime.phased import phased
from tracker.runtime.quantised import Sample, write_onnx, write_openvino
from tracker.runtime.spelled import spelled

NAMES = ("score", "size", "offset")


@pytest.fixture(scope="module")
def network() -> TrackingNetwork:
    return random_network()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, network: TrackingNetwork) -> Path:
    folder = write_model(tmp_path_factory.mktemp("model") / "b0")
    names = "encode.fp16.onnx", "match.fp16.onnx", "near.fp16.onnx"
    assert write_half_graphs(network, folder, tracking()) == names
    return folder


@pytest.fixture(scope="module")
def samples(folder: Path) -> list[Sample]:
    runtime = open_model(folder, threads=1).runtime
    return [
        (runtime.encode(noise(1, 128, seed=seed)), noise(1, 256, seed=100 + seed))
        for seed in range(4)
    ]


def small(samples: list[Sample]) -> list[Sample]:
    return [(memory, noise(1, 192, seed=200 + i)) for i, (memory, _) in enumerate(samples)]


def ask(runtime: Runtime, size: int = 256) -> HeadMaps:
    memory = runtime.stack([runtime.encode(noise(1, 128, seed=seed)) for seed in (7, 8)])
    return runtime.match(memory, noise(2, size, seed=9))


def furthest(maps: HeadMaps, expected: HeadMaps) -> float:
    return max(float(np.abs(getattr(maps, n) - getattr(expected, n)).max()) for n in NAMES)


@pytest.mark.parametrize(("name", "size"), [("match", 256), ("near", 192)])
def test_half_precision_is_close_and_is_half(folder: Path, name: str, size: int) -> None:
    expected = ask(open_model(folder, threads=1).runtime, size)
    maps = ask(open_model(folder, precision="fp16", threads=1).runtime, size)
    assert 1e-6 < furthest(maps, expected) < 0.01
    graph = onnx.load(folder / f"{name}.fp16.onnx").graph
    kinds = {tensor.data_type for tensor in graph.initializer if len(tensor.dims) == 4}
    assert onnx.TensorProto.FLOAT16 in kinds
    for value in (*graph.input, *graph.output):
        assert value.type.tensor_type.elem_type != onnx.TensorProto.FLOAT16, value.name


@pytest.mark.parametrize("name", ["encode", "match", "near"])
@pytest.mark.parametrize("ending", [".onnx", ".fp16.onnx"])
def test_bytes_become_floats_before_anything_else(folder: Path, name: str, ending: str) -> None:
    """TensorRT can do nothing else with them."""
    graph = onnx.load(folder / (name + ending), load_external_data=False).graph
    pixels = "templates" if name == "encode" else "searches"
    assert [node.op_type for node in graph.node if pixels in node.input] == ["Cast"]


@pytest.mark.parametrize("name", list(NETWORKS))
def test_fused_networks_compute_the_same(name: str) -> None:
    network = random_network(name)
    config = network.config
    template = torch.from_numpy(noise(1, config.template_size))
    search = torch.from_numpy(noise(1, config.search_size))
    before = sum(1 for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d))
    small = fused(network)
    with torch.inference_mode():
        expected = network(network.encode(template), search)
        found = small(small.encode(template), search)
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-3)
    after = sum(1 for m in small.modules() if isinstance(m, torch.nn.BatchNorm2d))
    assert after < before / 2
    assert before == sum(1 for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d))


def plain(network: TrackingNetwork, sample: Sample, path: Path) -> Path:
    """`match` with its weights inside."""
    graph = traced_match(network, *(torch.from_numpy(part) for part in sample))
    path.write_bytes(graph.SerializeToString())
    return path


@pytest.mark.parametrize("name", ["b0", "b1"])
def test_networks_without_transposed_convolutions_compute_the_same(name: str) -> None:
    network = random_network(name)
    other = phased(network)
    assert not any(isinstance(m, torch.nn.ConvTranspose2d) for m in other.modules())
    assert any(isinstance(m, torch.nn.ConvTranspose2d) for m in network.modules())
    template = torch.from_numpy(noise(1, network.config.template_size))
    search = torch.from_numpy(noise(2, network.config.search_size))
    with torch.inference_mode():
        memory = network.encode(template).repeat(2, 1, 1, 1)
        for a, b in zip(other(memory, search), network(memory, search), strict=True):
            torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-4)


def test_networks_with_group_norms_spelled_out_compute_the_same() -> None:
    network = random_network()
    for module in network.modules():
        if isinstance(module, torch.nn.GroupNorm):
            torch.nn.init.normal_(module.weight)
            torch.nn.init.normal_(module.bias)
    other = spelled(network)
    assert not any(isinstance(m, torch.nn.GroupNorm) for m in other.modules())
    assert any(isinstance(m, torch.nn.GroupNorm) for m in network.modules())
    same_answers(other, network)


def test_networks_with_paired_branches_compute_the_same_in_half_the_layers() -> None:
    network = fused(random_network())
    other = paired(network)
    same_answers(other, network)
    for part in ("head", "fusion"):
        before, after = (
            sum(isinstance(m, torch.nn.Conv2d) for m in getattr(each, part).modules())
            for each in (network, other)
        )
        assert after <= before // 2 + 1, part  # score and box end in one each


@pytest.mark.parametrize("change", ["b1", "uneven"])
def test_branches_that_cannot_be_paired_stay(change: str) -> None:
    network = random_network("b0" if change == "uneven" else change)
    if change == "uneven":
        network.head.box_blocks.pop(0)  # type: ignore[operator, union-attr]
    same_answers(paired(fused(network)), network)


def same_answers(network: TrackingNetwork, expected: TrackingNetwork) -> None:
    """For two crops at once."""
    template = torch.from_numpy(noise(2, network.config.template_size))
    search = torch.from_numpy(noise(2, network.config.search_size, seed=1))
    with torch.inference_mode():
        memory = expected.encode(template)
        torch.testing.assert_close(network.encode(template), memory, atol=1e-4, rtol=1e-3)
        for a, b in zip(network(memory, search), expected(memory, search), strict=True):
            torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-3)


def test_eight_bits_for_tensorrt_are_symmetric_and_close(
    folder: Path, network: TrackingNetwork, samples: list[Sample], tmp_path: Path
) -> None:
    graph = plain(fused(network), samples[0], tmp_path / "plain.onnx")
    assert write_onnx(folder, "match", graph, samples) == "match.int8.onnx"
    near = plain(fused(network), small(samples)[0], tmp_path / "near.onnx")
    assert write_onnx(folder, "near", near, small(samples)) == "near.int8.onnx"
    quantised = onnx.load(folder / "match.int8.onnx").graph
    constants = {each.name: onnx.numpy_helper.to_array(each) for each in quantised.initializer}
    nodes = [node for node in quantised.node if node.op_type == "QuantizeLinear"]
    assert len(nodes) > 20
    for node in nodes:
        zero = constants[node.input[2]]
        assert zero.dtype == np.int8
        assert not zero.any()
    quantised_values = {
        o for n in quantised.node if n.op_type == "DequantizeLinear" for o in n.output
    }
    convolutions = [node for node in quantised.node if node.op_type == "Conv"]
    for node in convolutions:
        assert (node.input[0] in quantised_values) == ("/fusion/" not in node.name), node.name
    model = open_model(folder, precision="int8", threads=1)
    rounds_a_little(model.runtime, folder)


def test_eight_bits_for_openvino_are_close_and_smaller(
    folder: Path, network: TrackingNetwork, samples: list[Sample], tmp_path: Path
) -> None:
    pytest.importorskip("nncf")
    openvino = pytest.importorskip("openvino")
    parts: tuple[tuple[Part, list[Sample]], ...] = (("match", samples), ("near", small(samples)))
    for part, shown in parts:
        made = paired(spelled(phased(fused(network))))
        graph = plain(made, shown[0], tmp_path / "plain.onnx")
        names = write_openvino(folder, part, graph, shown)
        assert names == (f"{part}.int8.xml", f"{part}.int8.bin")
    ops = openvino.Core().read_model(folder / "match.int8.xml").get_ops()
    rounded = [op.get_friendly_name() for op in ops if op.get_type_name() == "FakeQuantize"]
    assert len(rounded) > 30
    assert not [name for name in rounded if "/head/" in name or "/fusion/" in name]
    assert not [name for name in rounded if "/Add/" in name]
    size = (folder / "match.int8.bin").stat().st_size
    assert size < 0.7 * (folder / "b0.safetensors").stat().st_size
    model = open_model(folder, engine="openvino", precision="int8", threads=1)
    rounds_a_little(model.runtime, folder)


def rounds_a_little(runtime: Runtime, folder: Path) -> None:
    exact = open_model(folder, threads=1).runtime
    for size in (256, 192):
        assert 1e-4 < np.abs(ask(runtime, size).score - ask(exact, size).score).mean() < 0.05


@pytest.mark.parametrize("write", ["openvino", "onnx"])
def test_without_a_quantiser_it_says_what_to_install(
    write: str, folder: Path, samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nncf" if write == "openvino" else "onnx", None)
    calls: dict[str, Any] = {
        "openvino": lambda: write_openvino(folder, "match", folder / "match.onnx", samples),
        "onnx": lambda: write_onnx(folder, "match", folder / "match.onnx", samples),
    }
    with pytest.raises(EngineError, match=r"pip install 'lowtrack\[int8\]'"):
        calls[write]()
