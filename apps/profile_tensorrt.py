"""ONNX graphs of any network, on TensorRT."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from apps.profile_graphs import Run
from tracker.errors import EngineError
from tracker.runtime.cuda import Cuda, gpu_index
from tracker.runtime.tensorrt_build import build_plan, find_flavour, make_logger, opened

Floats = NDArray[np.float32]


class TensorRtEngine:
    """TensorRT on an NVIDIA GPU, built to be quickest for the batch that it is given."""

    def __init__(self, graph: bytes, device: str) -> None:
        """Find a GPU and TensorRT.

        Raises:
            EngineError: if there is none.
        """
        self._cuda = Cuda(gpu_index(device))  # first: without a GPU TensorRT may end the process
        with self._cuda.current():
            self._flavour = find_flavour()
        self._graph = graph

    def bind(self, inputs: Tensor) -> Run:
        """See `Engine`; takes seconds to minutes.

        Raises:
            EngineError: if no engine can be made of the graph, or the GPU fails.
        """
        count, flavour, cuda = len(inputs), self._flavour, self._cuda
        with cuda.current(), TemporaryDirectory() as folder:
            path = Path(folder) / "network.onnx"
            path.write_bytes(self._graph)
            plan = build_plan(flavour, path, "fp32", usual=count, most=count)
            complaints = make_logger(flavour.module)
            runtime = opened(flavour.module.Runtime, complaints)
            engine = runtime.deserialize_cuda_engine(plan)
            if engine is None:
                raise EngineError(
                    f"{flavour.name} {flavour.version} cannot load the engine it built: "
                    f"{'; '.join(complaints.errors)}"
                )
            return _Bound(flavour.module, runtime, engine, cuda, inputs.numpy())


class _Bound:
    """An engine with its input on the GPU, where its answers stay."""

    def __init__(self, trt: Any, runtime: Any, engine: Any, cuda: Cuda, inputs: Floats) -> None:
        self._cuda = cuda
        self._kept = runtime, engine  # the context refers to them
        self._context = engine.create_execution_context()
        if self._context is None:
            raise EngineError("TensorRT has no room for an execution context on the GPU")
        self._stream = cuda.stream()
        cuda.end_with(self, cuda.destroy_stream, self._stream)
        self._maps: dict[int, tuple[int, ...]] = {}  # address -> shape
        for name in (engine.get_tensor_name(index) for index in range(engine.num_io_tensors)):
            shape = (len(inputs), *engine.get_tensor_shape(name)[1:])
            address = cuda.allocate(int(np.prod(shape)) * inputs.itemsize)
            cuda.end_with(self, cuda.free, address)
            self._context.set_tensor_address(name, address)
            if engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT:
                self._context.set_input_shape(name, shape)
                self._upload(inputs, address)
            else:
                self._maps[address] = shape

    def __call__(self) -> _Bound:
        """Run once."""
        with self._cuda.current():
            if not self._context.execute_async_v3(self._stream):
                raise EngineError("TensorRT could not start its engine")
            self._cuda.wait(self._stream)
        return self

    def maps(self) -> list[Floats]:
        """What the last run answered, in this machine's memory."""
        with self._cuda.current():
            return [self._downloaded(*each) for each in self._maps.items()]

    def _upload(self, inputs: Floats, address: int) -> None:
        here = self._cuda.pinned(inputs.nbytes)
        np.copyto(here.view(np.float32).reshape(inputs.shape), inputs)
        self._cuda.upload(address, here, self._stream)
        self._cuda.wait(self._stream)
        self._cuda.free_pinned(here)

    def _downloaded(self, address: int, shape: tuple[int, ...]) -> Floats:
        here = self._cuda.pinned(int(np.prod(shape)) * np.dtype(np.float32).itemsize)
        self._cuda.download(here, address, self._stream)
        self._cuda.wait(self._stream)
        found = here.view(np.float32).reshape(shape).copy()
        self._cuda.free_pinned(here)
        return found
