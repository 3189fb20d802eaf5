"""PyTorch on an NVIDIA GPU: what a match launches is recorded once, and then replayed.

A network of this size is a hundred small kernels. To launch them one by one takes far longer than a
fast GPU needs to run them; a recording (CUDA graph) goes there in one piece, and brings the maps
back as its last step. Crops are cut where it reads them, by the same kernel as for TensorRT.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch._dynamo.decorators import mark_static

from tracker.errors import EngineError
from tracker.frame import Colour
from tracker.maps import HeadMaps
from tracker.model.network import STRIDE
from tracker.runtime import LARGEST_BATCH, Crops, FrameRuntime, Memory, View
from tracker.runtime.building import build_network
from tracker.runtime.compiled import Match, ask_once, compiled
from tracker.runtime.cuda import Cuda, gpu_index
from tracker.runtime.device_frame import DeviceFrame
from tracker.runtime.eager import engine_errors, place
from tracker.runtime.fused import fused
from tracker.runtime.gpu_crop import GpuCropper
from tracker.runtime.gpu_frame import GpuView, Seen
from tracker.runtime.graphs import Precision, check_size, matching
from tracker.runtime.half import HalfNetwork
from tracker.weights import Card

_WARM_RUNS = 3  # compile, let cuDNN choose among its convolutions, and once as it will be recorded
_one_at_a_time = threading.Lock()  # a process can record one thing at a time


class GraphedRuntime(FrameRuntime):
    """Records `match` for each size and number of crops; fewer crops than recorded ride along."""

    def __init__(self, folder: Path, card: Card, *, device: str, precision: Precision) -> None:
        """Build, compile for one crop and record: that takes a minute or so.

        Raises:
            EngineError: if there is no such GPU, it fails, or torch cannot compile the network.
            WeightsError: if the weights do not fit the network.
        """
        self._index = gpu_index(device)
        self._device = place(f"cuda:{self._index}")
        self._cuda = Cuda(self._index)
        self._lock = threading.Lock()  # buffers are shared by whoever shares this runtime
        self._sizes = tuple(matching(card.tracking))
        self._recorded: dict[tuple[int, int], _Recording] = {}
        network = build_network(folder, card)
        plain: Any = HalfNetwork(network) if precision == "fp16" else fused(network)
        self._stream = torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]
        with self._streaming():
            self._cropper = GpuCropper(self._cuda, self._stream.cuda_stream)
            self._network = plain.to(self._device, memory_format=torch.channels_last)
            self._pool = torch.cuda.graph_pool_handle()  # one replays at a time: rooms are shared
        # more crops than one are not compiled: a target that comes along must not stop the others
        self._compiled: Match = compiled(self._network)
        ask_once(self, card.tracking)

    def upload(self, frame: object, colour: Colour) -> View:
        """See `FrameRuntime`; a frame that lies on the GPU is read there as it lies."""
        if isinstance(frame, Tensor) and not self._is_plain(frame):
            return DeviceFrame.of(frame, self._device, colour)
        return GpuView.of(frame, colour)

    def _is_plain(self, frame: Tensor) -> bool:
        """Whether the kernel can read it: bytes side by side on this GPU."""
        here = frame.is_cuda and frame.get_device() == self._index
        return here and frame.dtype == torch.uint8 and frame.is_contiguous()

    @torch.inference_mode()
    def encode(self, templates: Crops) -> Memory:
        """See `Runtime`.

        Raises:
            EngineError: if the batch is too large, or the GPU fails.
        """
        _check_count(templates)
        with self._lock, self._streaming() as caller:
            crops = torch.empty(templates.shape, dtype=torch.uint8, device=self._device)
            self._fill(crops, templates)
            memory: Tensor = self._network.encode(crops)
            self._stream.synchronize()
            if memory.is_cuda:
                memory.record_stream(caller)  # who reads it, and frees it before that is done
        return memory

    def stack(self, memories: Sequence[Memory]) -> Memory:
        """See `Runtime`."""
        return memories[0] if len(memories) == 1 else torch.cat(list(memories))

    @torch.inference_mode()
    def match(self, memory: Memory, searches: Crops) -> HeadMaps:
        """See `Runtime`.

        A number of crops is rounded up to a power of two, and each of these is recorded once, when
        it comes first.

        Raises:
            EngineError: if the batch is too large, the crops are of a size that the model's card
                does not name, the network cannot be compiled here, or the GPU fails.
        """
        count, size = _check_count(searches), searches.shape[1]
        check_size(size, self._sizes)
        with self._lock, self._streaming():
            recording = self._recording(memory, count, size)
            if recording.remembered is not memory:
                recording.memory[:count].copy_(memory)
                recording.remembered = memory
            self._fill(recording.searches[:count], searches)
            recording.replay()
            self._stream.synchronize()
            maps = recording.found[:count].copy()
        return HeadMaps(maps[:, 0], maps[:, 1:3], maps[:, 3:5])

    @contextmanager
    def _streaming(self) -> Iterator[torch.cuda.Stream]:
        """On this runtime's own stream, after what was asked of the GPU before in the caller's."""
        # and back to the GPU that was in use
        with engine_errors(), torch.cuda.device(self._device), self._cuda.current():
            caller = torch.cuda.current_stream(self._device)
            self._stream.wait_stream(caller)
            with torch.cuda.stream(self._stream):
                yield caller

    def _fill(self, room: Tensor, crops: Crops) -> None:
        if isinstance(crops, Seen):
            self._cropper.cut(crops, room.data_ptr())
        else:
            room.copy_(crops if isinstance(crops, Tensor) else torch.from_numpy(crops))

    def _recording(self, memory: Tensor, count: int, size: int) -> _Recording:
        batch = 1 << (count - 1).bit_length()
        if (size, batch) not in self._recorded:
            for each in self._sizes:  # the other one will be wanted soon
                self._recorded[each, batch] = self._record(memory, batch, each)
        return self._recorded[size, batch]

    def _record(self, memory: Tensor, batch: int, size: int) -> _Recording:
        match = self._compiled if batch == 1 else self._network
        room = memory.new_zeros(batch, *memory.shape[1:])
        try:
            return _Recording(match, room, size, self._stream, self._pool)
        except BaseException:
            # torch takes the pool of a recording that broke off for one that is being recorded in
            self._pool = torch.cuda.graph_pool_handle()
            raise


def _check_count(crops: Crops) -> int:
    count = len(crops)
    if count > LARGEST_BATCH:
        raise EngineError(f"a call takes at most {LARGEST_BATCH} crops, got {count}")
    return count


class _Recording:
    """What one call launches, for one number of crops of one size."""

    def __init__(
        self, match: Match, memory: Tensor, size: int, stream: torch.cuda.Stream, pool: Any
    ) -> None:
        self._match = match
        self.memory = memory
        self.remembered: object = None  # the memory that was copied there last
        count, device = len(memory), memory.device
        self.searches = torch.zeros(count, size, size, 3, dtype=torch.uint8, device=device)
        for axis in (1, 2):  # each size has code of its own
            mark_static(self.searches, axis)
        self._maps = _pinned((count, 5, size // STRIDE, size // STRIDE))
        self.found = self._maps.numpy()  # score, size and offset, after a replay
        # cuDNN takes seconds to try all it has: time that there is before the first frame alone
        self._graph = record(self._launch, stream, pool=pool, quickest=count == 1)

    def replay(self) -> None:
        """Begin to match what lies in `searches`, in the current stream."""
        self._graph.replay()

    def _launch(self) -> None:
        score, size, offset = self._match(self.memory, self.searches)
        maps = torch.cat((score.unsqueeze(1), size, offset), dim=1).float()
        self._maps.copy_(maps, non_blocking=True)


def record(
    launch: Callable[[], None],
    stream: torch.cuda.Stream,
    *,
    pool: Any = None,
    quickest: bool = True,
) -> torch.cuda.CUDAGraph:
    """Record what `launch` launches, after some runs of it; to be called in `stream`.

    Args:
        launch: reads and writes tensors that stay where they are.
        stream: where it is recorded.
        pool: of the memory that it takes meanwhile; None for one of its own.
        quickest: let cuDNN try all it has.
    """
    graph = torch.cuda.CUDAGraph()
    with _one_at_a_time, _quickest_convolutions() if quickest else nullcontext():
        for _ in range(_WARM_RUNS):
            launch()
        with (
            _nothing_collected(),
            torch.cuda.graph(graph, pool=pool, stream=stream, capture_error_mode="thread_local"),
        ):
            launch()
    return graph


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Without garbage collection: what it ends may be of the GPU, and break a recording off."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def _quickest_convolutions() -> Iterator[None]:
    """Let cuDNN try all it has for a shape that it sees for the first time."""
    before = torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = True
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = before


def _pinned(shape: Sequence[int]) -> Tensor:
    return torch.empty(shape, pin_memory=True)
