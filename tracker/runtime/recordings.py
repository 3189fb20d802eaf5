"""What a network launches on an NVIDIA GPU, recorded once and replayed (CUDA graphs)."""

from __future__ import annotations

import gc
import threading
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor
from torch._dynamo.decorators import mark_static

from tracker.model.network import STRIDE
from tracker.runtime.compiled import Match

_WARM_RUNS = 3  # compile, let cuDNN choose among its convolutions, and once as it will be recorded
_one_at_a_time = threading.Lock()  # a process can record one thing at a time


class _Recording:
    """What is launched for one number of crops of one size; a subclass says what that is."""

    def __init__(self, crops: Tensor, stream: torch.cuda.Stream, pool: Any) -> None:
        """Record; all that is launched must be ready.

        Args:
            crops: room for N crops, (N, S, S, 3) bytes.
            stream: see `record`.
            pool: see `record`.
        """
        self.crops = crops
        # of several crops, cuDNN's first choice is as quick, and to try all it has takes seconds
        self._graph = record(self._launch, stream, pool=pool, quickest=len(crops) == 1)

    def replay(self) -> None:
        """Begin to do it with what lies in `crops`, in the current stream."""
        self._graph.replay()

    @abstractmethod
    def _launch(self) -> None: ...


class MatchRecording(_Recording):
    """What a match launches, up to its maps in this machine's memory."""

    def __init__(
        self, match: Match, memory: Tensor, crops: Tensor, stream: torch.cuda.Stream, pool: Any
    ) -> None:
        """Record `match`; `memory` is room for that of N templates, for the rest see above."""
        self._match = match
        self.memory = memory
        self.remembered: object = None  # the memory that was copied there last
        for axis in (1, 2):  # each size has code of its own
            mark_static(crops, axis)
        count, grid = len(crops), crops.shape[1] // STRIDE
        self._maps = _pinned((count, 5, grid, grid))
        self.found = self._maps.numpy()  # score, size and offset, after a replay
        super().__init__(crops, stream, pool)

    def _launch(self) -> None:
        score, size, offset = self._match(self.memory, self.crops)
        maps = torch.cat((score.unsqueeze(1), size, offset), dim=1).float()
        self._maps.copy_(maps, non_blocking=True)


class EncodeRecording(_Recording):
    """What it launches to remember templates."""

    def __init__(
        self,
        encode: Callable[[Tensor], Tensor],
        crops: Tensor,
        stream: torch.cuda.Stream,
        pool: Any,
    ) -> None:
        """Record `encode`; for the rest see above."""
        self._encode = encode
        self.memory = encode(crops)  # of the templates, after a replay
        super().__init__(crops, stream, pool)

    def _launch(self) -> None:
        self.memory.copy_(self._encode(self.crops))


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
