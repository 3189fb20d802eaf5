"""Any network on any engine: bound to an input, it can be run again and again."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor, nn

from apps.profile_graphs import OnnxEngine, OpenVinoEngine, Run
from apps.profile_network_options import NetworkOptions
from apps.profile_tensorrt import TensorRtEngine
from tracker.errors import EngineError
from tracker.runtime.compiled import compiled
from tracker.runtime.device_frame import wait
from tracker.runtime.eager import place
from tracker.runtime.recordings import record


class Engine(Protocol):
    """A network, ready to be given its input."""

    def bind(self, inputs: Tensor) -> Run:
        """Put the input where the network runs; inputs are (N, C, H, W) on the CPU, float32."""


class _Maps(nn.Module):
    """A network whose answer is a plain tuple of tensors, whatever it was before."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, inputs: Tensor) -> tuple[Tensor, ...]:
        found = self.network(inputs)
        return (found,) if isinstance(found, Tensor) else tuple(found)


class TorchEngine:
    """PyTorch: the network as it was built, or compiled."""

    def __init__(self, network: nn.Module, device: torch.device, *, compiled: bool) -> None:
        self._device = device
        self._module = _Maps(network).eval().to(device)
        self._compiled = compiled

    def bind(self, inputs: Tensor) -> Run:
        """See `Engine`."""
        device, there = self._device, inputs.to(self._device)
        forward = self._forward()

        @torch.inference_mode()
        def run() -> object:
            found = forward(there)
            wait(device)
            return found

        return run

    def _forward(self) -> Any:
        if not self._compiled:
            return self._module
        # "reduce-overhead" is what records CUDA graphs
        mode = "reduce-overhead" if self._device.type == "cuda" else "default"
        return compiled(self._module, mode=mode, dynamic=False)


class RecordedEngine:
    """PyTorch on an NVIDIA GPU: what the network launches is recorded, and replayed in one go."""

    def __init__(self, network: nn.Module, device: torch.device) -> None:
        if device.type != "cuda":
            raise EngineError("launches are recorded on NVIDIA GPUs only: --device cuda")
        self._device = device
        layout = torch.channels_last  # as the tracker's own engine has it
        self._module: Any = _Maps(network).eval().to(device, memory_format=layout)  # type: ignore[call-overload]

    @torch.inference_mode()
    def bind(self, inputs: Tensor) -> Run:
        """See `Engine`."""
        there = inputs.to(self._device, memory_format=torch.channels_last)
        found: tuple[Tensor, ...] = ()

        def launch() -> None:
            nonlocal found
            found = self._module(there)

        with torch.cuda.device(self._device):
            stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            with torch.cuda.stream(stream):
                graph = record(launch, stream)
        kept = graph, there  # the recording reads the input where it lies

        def run() -> object:
            kept[0].replay()
            torch.cuda.synchronize(self._device)
            return found

        return run


def open_engine(network: nn.Module, inputs: Tensor, options: NetworkOptions) -> Engine:
    """Make a network ready on the engine that the user wants.

    Args:
        network: takes (N, C, H, W), float32; returns a tensor or several.
        inputs: an example.
        options: engine, device and threads; with torch these are the threads of this whole process.

    Raises:
        EngineError: if the engine or the device cannot be used here.
    """
    if options.engine in ("eager", "compiled", "recorded"):
        device = place(options.device)
        if options.threads is not None:
            torch.set_num_threads(options.threads)
        if options.engine == "recorded":
            return RecordedEngine(network, device)
        return TorchEngine(network, device, compiled=options.engine == "compiled")
    graph = exported(network, inputs)
    if options.engine == "tensorrt":
        return TensorRtEngine(graph, options.device)
    if options.engine == "openvino":
        return OpenVinoEngine(graph, options.device, options.threads)
    return OnnxEngine(graph, options.device, options.threads)


def exported(network: nn.Module, inputs: Tensor) -> bytes:
    """The network as an ONNX graph with a free batch dimension."""
    from tracker.runtime.export import traced

    module = _Maps(network).eval()
    with torch.no_grad():
        count = len(module(inputs))
    graph = traced(module, (inputs,), ["inputs"], [f"map{index}" for index in range(count)])
    return bytes(graph.SerializeToString())
