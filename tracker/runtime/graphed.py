"""PyTorch on an NVIDIA GPU: what the network launches is recorded once, and then replayed.

A network of this size is a hundred small kernels. To launch them one by one takes far longer than a
fast GPU needs to run them; a recording (CUDA graph) goes there in one piece, and brings the maps
back as its last step. Crops are cut where it reads them, by the same kernel as for TensorRT.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tracker.config import TrackingConfig
from tracker.errors import EngineError
from tracker.frame import Colour
from tracker.maps import HeadMaps
from tracker.runtime import LARGEST_BATCH, Crops, FrameRuntime, Memory, View
from tracker.runtime.building import build_network
from tracker.runtime.compiled import Match, compiled, log_compiling
from tracker.runtime.cuda import Cuda, gpu_index
from tracker.runtime.device_frame import DeviceFrame
from tracker.runtime.eager import engine_errors, place
from tracker.runtime.fused import fused
from tracker.runtime.gpu_crop import GpuCropper
from tracker.runtime.gpu_frame import GpuView, Seen
from tracker.runtime.graphs import Precision, check_size, matching
from tracker.runtime.half import HalfNetwork
from tracker.runtime.recordings import EncodeRecording, MatchRecording
from tracker.weights import Card

# numbers of crops that there are recordings for, all made at the start: to choose among cuDNN's
# convolutions for one more takes half a second, in which nothing would be followed
_BATCHES = (1, 2, 8, LARGEST_BATCH)


class GraphedRuntime(FrameRuntime):
    """Has recordings of both halves, for each size and some numbers of crops; fewer ride along."""

    def __init__(self, folder: Path, card: Card, *, device: str, precision: Precision) -> None:
        """Build, compile for one crop and record all: that takes a minute or so.

        Raises:
            EngineError: if there is no such GPU, it fails, or torch cannot compile the network.
            WeightsError: if the weights do not fit the network.
        """
        self._index = gpu_index(device)
        self._device = place(f"cuda:{self._index}")
        self._cuda = Cuda(self._index)
        self._lock = threading.Lock()  # buffers are shared by whoever shares this runtime
        network = build_network(folder, card)
        plain: Any = HalfNetwork(network) if precision == "fp16" else fused(network)
        self._stream = torch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]
        self._encodes: dict[int, EncodeRecording] = {}
        self._matches: dict[tuple[int, int], MatchRecording] = {}
        with self._streaming():
            self._cropper = GpuCropper(self._cuda, self._stream.cuda_stream)
            there = plain.to(self._device, memory_format=torch.channels_last)
            log_compiling()
            self._record(there, card.tracking)

    @torch.inference_mode()
    def _record(self, network: Any, config: TrackingConfig) -> None:
        stream, pool = self._stream, torch.cuda.graph_pool_handle()  # one replays at a time
        self._template_size, self._sizes = config.template_size, tuple(matching(config))
        for batch in _BATCHES:
            # more crops than one would take minutes to compile
            match: Match = compiled(network) if batch == 1 else network
            encode = EncodeRecording(
                network.encode, self._room(batch, self._template_size), stream, pool
            )
            self._encodes[batch] = encode
            for size in self._sizes:
                memory = encode.memory.new_zeros(encode.memory.shape)
                room = self._room(batch, size)
                self._matches[size, batch] = MatchRecording(match, memory, room, stream, pool)

    def _room(self, count: int, size: int) -> Tensor:
        return torch.zeros(count, size, size, 3, dtype=torch.uint8, device=self._device)

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
            EngineError: if the batch is too large, the crops are not of the size that the model's
                card names, or the GPU fails.
        """
        count = _check_count(templates)
        check_size(templates.shape[1], (self._template_size,), "templates")
        with self._lock, self._streaming() as caller:
            recording = self._encodes[_batch(count)]
            self._fill(recording.crops[:count], templates)
            recording.replay()
            memory = recording.memory[:count].clone()
            self._stream.synchronize()
            if memory.is_cuda:
                memory.record_stream(caller)  # who reads it, and frees it before that is done
        return memory

    def stack(self, memories: Sequence[Memory]) -> Memory:
        """See `Runtime`."""
        return memories[0] if len(memories) == 1 else torch.cat(list(memories))

    def match(self, memory: Memory, searches: Crops) -> HeadMaps:
        """See `Runtime`.

        Raises:
            EngineError: if the batch is too large, the crops are of a size that the model's card
                does not name, or the GPU fails.
        """
        with self._lock, self._streaming():
            return self._fetch(*self._launch(memory, searches))

    def match_each(self, calls: Iterable[tuple[Memory, Crops]]) -> Generator[HeadMaps]:
        """See `FrameRuntime` and `match`."""
        running = None
        with self._lock:
            try:
                for memory, searches in calls:
                    with self._streaming():
                        found = None if running is None else self._fetch(*running)
                        running = self._launch(memory, searches)
                    if found is not None:
                        yield found
                if running is not None:
                    with engine_errors():
                        found = self._fetch(*running)
                    running = None
                    yield found
            finally:
                if running is not None:  # left off: what is begun next may write where it reads
                    with engine_errors():
                        self._stream.synchronize()

    @torch.inference_mode()
    def _launch(self, memory: Memory, searches: Crops) -> tuple[MatchRecording, int]:
        count, size = _check_count(searches), searches.shape[1]
        check_size(size, self._sizes)
        recording = self._matches[size, _batch(count)]
        if recording.remembered is not memory:
            recording.memory[:count].copy_(memory)
            recording.remembered = memory
        self._fill(recording.crops[:count], searches)
        recording.replay()
        return recording, count

    def _fetch(self, recording: MatchRecording, count: int) -> HeadMaps:
        self._stream.synchronize()
        maps = recording.found[:count].copy()
        return HeadMaps(maps[:, 0], maps[:, 1:3], maps[:, 3:5])

    @contextmanager
    def _streaming(self) -> Iterator[torch.cuda.Stream]:
        """On this runtime's own stream, after what was asked of the GPU before in the caller's."""
        # and back to the GPU that was in use
        with engine_errors(), torch.cuda.device(self._index), self._cuda.current():
            caller = torch.cuda.current_stream(self._index)
            self._stream.wait_stream(caller)
            with torch.cuda.stream(self._stream):
                yield caller

    def _fill(self, room: Tensor, crops: Crops) -> None:
        if isinstance(crops, Seen):
            self._cropper.cut(crops, room.data_ptr())
            return
        given = crops if isinstance(crops, Tensor) else torch.from_numpy(crops)
        room.copy_(given)
        if given.is_cuda:
            given.record_stream(self._stream)  # whose memory must not be another's before that


def _batch(count: int) -> int:
    return next(batch for batch in _BATCHES if batch >= count)


def _check_count(crops: Crops) -> int:
    count = len(crops)
    if count > LARGEST_BATCH:
        raise EngineError(f"a call takes at most {LARGEST_BATCH} crops, got {count}")
    return count
