"""Every engine of `profile backbones` and `profile blocks` computes what the network computes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from apps import profile_tensorrt
from apps.profile_engines import TorchEngine, exported, open_engine
from apps.profile_network_options import ENGINES, NetworkOptions
from apps.profile_networks import noise, seeded
from apps.profile_outputs import Outputs
from backbones import VARIANTS, Classifier, LowFormer
from tests.tracker import rtx
from tracker import TrackerError
from tracker.runtime.tensorrt_build import Flavour


def options(engine: str, *, device: str = "cpu") -> NetworkOptions:
    return NetworkOptions(
        engine=engine,
        device=device,
        threads=1,
        size=(64, 64),
        batch=1,
        rounds=1,
        runs=1,
        outputs=Outputs(),
    )


def arrays(found: Any) -> list[NDArray[np.float32]]:
    """Arrays of torch, of ONNX Runtime's values, or of OpenVINO."""
    return [np.asarray(each.numpy() if hasattr(each, "numpy") else each) for each in found]


@pytest.mark.parametrize("engine", ["onnx", "openvino", "eager"])
@pytest.mark.parametrize("whole", [False, True])
def test_the_maps_are_those_of_the_network(engine: str, whole: bool) -> None:  # noqa: FBT001
    if engine != "eager":
        pytest.importorskip("onnx")
        pytest.importorskip("openvino" if engine == "openvino" else "onnxruntime")
    with seeded():
        network = (Classifier if whole else LowFormer)(VARIANTS["b0"]).eval()
    images = noise(2, 3, 64, 96)
    with torch.no_grad():
        expected = arrays(network(images))
    found = arrays(open_engine(network, images[:1], options(engine)).bind(images)())
    assert len(found) == (2 if whole else 4)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4 * float(np.abs(b).max()))


class Times(nn.Module):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, inputs: Tensor) -> Tensor:
        return inputs * self.factor


def test_however_many_networks_there_are_all_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch gives up after eight that share their code, and runs the rest uncompiled."""
    graphs: list[object] = []

    def backend(graph: nn.Module, _: object) -> nn.Module:
        graphs.append(graph)
        return graph

    real: Any = torch.compile
    monkeypatch.setattr(torch, "compile", lambda forward, **_: real(forward, backend=backend))
    device = torch.device("cpu")
    networks = [TorchEngine(Times(factor), device, compiled=True) for factor in range(12)]
    found = [arrays(each.bind(torch.ones(1, 1, 1, 1))())[0].item() for each in networks]
    assert found == list(range(12))
    assert len(graphs) == 12


@pytest.mark.parametrize("engine", ENGINES)
def test_an_unknown_device_is_an_error_of_ours(engine: str) -> None:
    for package in ("onnx", "onnxruntime", "openvino"):
        pytest.importorskip(package)
    attempt = partial(open_engine, Times(2), torch.ones(1, 1, 1, 1))
    with pytest.raises(TrackerError, match="'toaster'"):
        attempt(options(engine, device="toaster"))


def test_tensorrt_computes_what_the_network_computes(
    module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With stand-ins for the driver and for TensorRT."""
    monkeypatch.setattr(
        profile_tensorrt, "find_flavour", lambda: Flavour(module, "tensorrt", "10.3.0")
    )
    with seeded():
        network = LowFormer(VARIANTS["b0"]).eval()
    for count in (1, 3):
        images = noise(count, 3, 64, 96)
        with torch.no_grad():
            expected = arrays(network(images))
        engine = open_engine(network, images[:1], options("tensorrt", device="cuda"))
        run: Any = engine.bind(images)
        for a, b in zip(run().maps(), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4 * float(np.abs(b).max()))
        del run


@pytest.mark.parametrize("network", [LowFormer, Classifier])
def test_tensorrt_reads_the_graphs(network: type[nn.Module], tmp_path: Path) -> None:
    graph = tmp_path / "network.onnx"
    with seeded():
        module = network(VARIANTS["b0"]).eval()
    graph.write_bytes(exported(module, noise(1, 3, 224, 224)))
    (size,) = rtx.build(graph, precision="fp32")
    assert int(size) > 1e6


def test_launches_are_recorded_on_gpus_only() -> None:
    with pytest.raises(TrackerError, match="NVIDIA GPUs only"):
        open_engine(Times(2), torch.ones(1, 1, 1, 1), options("recorded"))


@pytest.mark.gpu
def test_what_a_gpu_recorded_is_computed_again_and_again() -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    with seeded():
        network = LowFormer(VARIANTS["b0"]).eval()
    images = noise(2, 3, 64, 96)
    with torch.no_grad():
        expected = arrays(network(images))
    run = open_engine(network, images[:1], options("recorded", device="cuda")).bind(images)
    for _ in range(2):
        maps: Any = run()
        for a, b in zip(arrays(each.cpu() for each in maps), expected, strict=True):
            np.testing.assert_allclose(a, b, atol=0.02 * float(np.abs(b).max()))  # TF32
            with torch.inference_mode():
                maps[0].zero_()
