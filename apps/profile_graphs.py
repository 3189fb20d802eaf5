"""ONNX graphs of any network, on the engines that read them."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from torch import Tensor

from tracker.errors import EngineError
from tracker.runtime.openvino import open_device, settings_for

Run = Callable[[], object]  # one forward pass; returns when it is done

_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class OnnxEngine:
    """ONNX Runtime; on a GPU, input and answer stay there, as with torch."""

    def __init__(self, graph: bytes, device: str, threads: int | None) -> None:
        import onnxruntime as ort

        provider = _PROVIDERS.get(device)
        if provider not in ort.get_available_providers():
            raise EngineError(
                f"onnxruntime has no device {device!r} here (it offers "
                f"{', '.join(ort.get_available_providers())})"
            )
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads or 0
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = ort.InferenceSession(graph, options, providers=[provider])
        if provider not in self._session.get_providers():  # it goes on without, and only logs that
            raise EngineError(f"onnxruntime cannot use {device!r} here: it lacks a library")
        self._device = device
        self._value = ort.OrtValue.ortvalue_from_numpy

    def bind(self, inputs: Tensor) -> Run:
        """See `Engine`."""
        binding = self._session.io_binding()
        binding.bind_ortvalue_input("inputs", self._value(inputs.numpy(), self._device, 0))
        for output in self._session.get_outputs():
            binding.bind_output(output.name, self._device)

        def run() -> object:
            self._session.run_with_iobinding(binding)
            binding.synchronize_outputs()
            return binding.get_outputs()

        return run


class OpenVinoEngine:
    """OpenVINO, compiled for the shape of the input."""

    def __init__(self, graph: bytes, device: str, threads: int | None) -> None:
        self._core, self._name = open_device(device)
        self._settings = settings_for(self._name, threads)
        self._graph = graph

    def bind(self, inputs: Tensor) -> Run:
        """See `Engine`."""
        model = self._core.read_model(BytesIO(self._graph))
        model.reshape(list(inputs.shape))
        request = self._core.compile_model(model, self._name, self._settings).create_infer_request()
        array = inputs.numpy()
        return lambda: request.infer([array], share_inputs=True, share_outputs=True).to_tuple()
