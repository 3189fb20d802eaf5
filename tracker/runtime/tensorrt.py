"""TensorRT on an NVIDIA GPU: engines built here, kept, and run on a stream of their own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker import weights
from tracker.errors import EngineError
from tracker.frame import Colour
from tracker.maps import HeadMaps
from tracker.runtime import LARGEST_BATCH, Crops, FrameRuntime, Memory
from tracker.runtime.cache import recall, remember
from tracker.runtime.cuda import Cuda, gpu_index
from tracker.runtime.gpu_crop import GpuCropper
from tracker.runtime.gpu_frame import GpuView, Seen
from tracker.runtime.graphs import Part, Precision, find_graph, matching, of_size
from tracker.runtime.tensorrt_build import Flavour, build_plan, find_flavour, make_logger, opened
from tracker.weights import Card

_log = logging.getLogger(__name__)


class TensorRtRuntime(FrameRuntime):
    """Runs a model's engines; memory stays in this machine's, a copy of the last on the GPU."""

    def __init__(self, folder: Path, card: Card, *, device: str, precision: Precision) -> None:
        self._cuda = Cuda(gpu_index(device))  # first: without a GPU TensorRT may end the process
        with self._cuda.current():
            self._start(folder, card, precision)

    def _start(self, folder: Path, card: Card, precision: Precision) -> None:
        flavour = find_flavour()
        logger = make_logger(flavour.module)
        runtime = opened(flavour.module.Runtime, logger)
        self._stream = self._cuda.stream()
        self._cuda.end_with(self, self._cuda.destroy_stream, self._stream)
        self._lock = threading.Lock()  # buffers are shared by whoever shares this runtime
        cropper = GpuCropper(self._cuda, self._stream)

        def engine(part: Part) -> _Engine:
            graph = find_graph(folder, part, precision)
            key = _key(flavour, self._cuda, card, graph, precision)
            kept = recall("engine", key)
            made = None if kept is None else runtime.deserialize_cuda_engine(bytes(kept))
            if made is None:  # not built yet, damaged, or refused by this driver
                _log.info("building an engine of %s, which is kept", graph.name)
                plan = build_plan(flavour, graph, precision, usual=1, most=LARGEST_BATCH)
                try:
                    remember("engine", key, plan)
                except OSError as error:
                    _log.warning("the engine is built each time, as it cannot be kept: %s", error)
                made = runtime.deserialize_cuda_engine(plan)
            if made is None:
                raise EngineError(
                    f"{flavour.name} {flavour.version} cannot load the engine it built for "
                    f"{self._cuda.gpu.name}: {'; '.join(logger.errors)}"
                )
            return _Engine(flavour, made, self._cuda, self._stream, cropper)

        self._encode = engine("encode")
        self._match = {size: engine(part) for size, part in matching(card.tracking).items()}

    def upload(self, frame: object, colour: Colour) -> GpuView:
        """See `FrameRuntime`; a frame that lies on the GPU is read there as it lies."""
        return GpuView.of(frame, colour)

    def encode(self, templates: Crops) -> Memory:
        """See `Runtime`."""
        with self._lock, self._cuda.current():
            return self._encode.run({"templates": templates})["memory"]

    def stack(self, memories: Sequence[Memory]) -> Memory:
        """See `Runtime`."""
        return memories[0] if len(memories) == 1 else np.concatenate(list(memories))

    def match(self, memory: Memory, searches: Crops) -> HeadMaps:
        """See `Runtime`."""
        engine = of_size(self._match, searches.shape[1])
        with self._lock, self._cuda.current():
            maps = engine.run({"memory": memory, "searches": searches})
        return HeadMaps(maps["score"], maps["size"], maps["offset"])


@dataclass(slots=True)
class _Buffer:
    """Room for one tensor at the largest batch, here and on the GPU."""

    address: int
    pinned: NDArray[np.uint8]
    dtype: np.dtype[Any]
    shape: tuple[int, ...]  # without the batch
    filled_with: object = None  # the array that was uploaded last

    def view(self, count: int) -> NDArray[Any]:
        size = int(np.prod((count, *self.shape))) * self.dtype.itemsize
        return self.pinned[:size].view(self.dtype).reshape(count, *self.shape)


class _Engine:
    """One engine with its context and its buffers, which are allocated once."""

    def __init__(
        self, flavour: Flavour, engine: Any, cuda: Cuda, stream: int, cropper: GpuCropper
    ) -> None:
        trt = flavour.module
        self._engine, self._cuda, self._stream = engine, cuda, stream
        self._cropper = cropper
        self._context = engine.create_execution_context()
        if self._context is None:
            raise EngineError(f"{flavour.name} has no room for an execution context on the GPU")
        self._inputs: dict[str, _Buffer] = {}
        self._outputs: dict[str, _Buffer] = {}
        for name in (engine.get_tensor_name(index) for index in range(engine.num_io_tensors)):
            dtype = np.dtype(trt.nptype(engine.get_tensor_dtype(name)))
            shape = tuple(engine.get_tensor_shape(name))[1:]
            size = LARGEST_BATCH * int(np.prod(shape)) * dtype.itemsize
            address = cuda.allocate(size)
            cuda.end_with(self, cuda.free, address)
            pinned = cuda.pinned(size)
            cuda.end_with(self, cuda.free_pinned, pinned)
            buffer = _Buffer(address, pinned, dtype, shape)
            is_input = engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT
            (self._inputs if is_input else self._outputs)[name] = buffer
            self._context.set_tensor_address(name, buffer.address)

    def run(self, given: dict[str, NDArray[Any] | Seen]) -> dict[str, NDArray[Any]]:
        """Run one batch; crops that are not cut yet are cut on the GPU first.

        Returns:
            arrays that are the caller's own.

        Raises:
            EngineError: if the batch is too large, or the GPU fails.
        """
        count = len(next(iter(given.values())))
        if count > LARGEST_BATCH:
            raise EngineError(f"a call takes at most {LARGEST_BATCH} crops, got {count}")
        for name, array in given.items():
            buffer = self._inputs[name]
            self._context.set_input_shape(name, (count, *buffer.shape))
            if isinstance(array, Seen):
                self._cropper.cut(array, buffer.address)
            elif buffer.filled_with is not array or array.dtype == np.uint8:  # pixels may be new
                np.copyto(buffer.view(count), array)
                self._cuda.upload(buffer.address, buffer.view(count), self._stream)
                buffer.filled_with = array
        if not self._context.execute_async_v3(self._stream):
            raise EngineError("TensorRT could not start its engine")
        for buffer in self._outputs.values():
            self._cuda.download(buffer.view(count), buffer.address, self._stream)
        self._cuda.wait(self._stream)
        return {name: buffer.view(count).copy() for name, buffer in self._outputs.items()}


def _key(
    flavour: Flavour, cuda: Cuda, card: Card, graph: Path, precision: Precision
) -> dict[str, str]:
    """Everything that an engine depends on; the card knows the weights that a graph refers to."""
    major, minor = cuda.gpu.capability
    return {
        "graph": f"{graph.name} {weights.digest(graph)}",
        "weights": card.sha256,
        "tensorrt": f"{flavour.name} {flavour.version}",
        "gpu": f"{cuda.gpu.name} {major}.{minor}",
        "precision": precision,
        "batch": str(LARGEST_BATCH),
    }
