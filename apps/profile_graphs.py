"""ONNX graphs of any network, on the engines that read them."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from torch import Tensor

from tracker.runtime import packages
from tracker.runtime.onnx import kind_of, open_session
from tracker.runtime.openvino_graph import open_device

Run = Callable[[], object]  # one forward pass; returns when it is done


class OnnxEngine:
    """ONNX Runtime; on a GPU, input and answer stay there, as with torch."""

    def __init__(self, graph: bytes, device: str, threads: int | None) -> None:
        self._session = open_session(graph, device, threads)
        self._place = kind_of(device)
        self._value = packages.onnxruntime().OrtValue.ortvalue_from_numpy

    def bind(self, inputs: Tensor) -> Run:
        """See `Engine`."""
        binding = self._session.io_binding()
        binding.bind_ortvalue_input("inputs", self._value(inputs.numpy(), *self._place))
        for output in self._session.get_outputs():
            binding.bind_output(output.name, *self._place)

        def run() -> object:
            self._session.run_with_iobinding(binding)
            binding.synchronize_outputs()
            return binding.get_outputs()

        return run


class OpenVinoEngine:
    """OpenVINO, compiled for the shape of the input."""

    def __init__(self, graph: bytes, device: str, threads: int | None) -> None:
        self._device = open_device(device, threads)
        self._graph = graph

    def bind(self, inputs: Tensor) -> Run:
        """See `Engine`."""
        core, name, settings = self._device.core, self._device.name, self._device.settings
        model = core.read_model(BytesIO(self._graph))
        model.reshape(list(inputs.shape))
        request = core.compile_model(model, name, settings).create_infer_request()
        array = inputs.numpy()
        return lambda: request.infer([array], share_inputs=True, share_outputs=True).to_tuple()
