"""PyTorch's own compiler."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch._dynamo.decorators import mark_static
from torch._dynamo.exc import TorchDynamoException

from tracker.config import TrackingConfig
from tracker.errors import EngineError
from tracker.maps import HeadMaps
from tracker.model.head import Maps
from tracker.runtime import Memory, Pixels, Runtime
from tracker.runtime.building import build_network
from tracker.runtime.eager import EagerRuntime, engine_errors, fetched, place, placed
from tracker.runtime.graphs import matching
from tracker.weights import Card

_log = logging.getLogger(__name__)

Match = Callable[[Tensor, Tensor], Maps]  # memory and search crops -> score, size, offset


class CompiledRuntime:
    """Runs `match` compiled; `encode`, which runs once a target, as it was built."""

    def __init__(self, folder: Path, card: Card, *, device: str, threads: int | None) -> None:
        """Build and compile, for one crop and for any number of them: that takes minutes.

        Raises:
            EngineError: if torch has no such device, or cannot compile the network here.
            WeightsError: if the weights do not fit the network.
        """
        self._device = place(device)
        if threads is not None:
            torch.set_num_threads(threads)
        network = build_network(folder, card)
        self._eager = EagerRuntime(network, self._device)
        self._match: Match = compiled(network)
        ask_once(self, card.tracking)

    def encode(self, templates: Pixels | Tensor) -> Memory:
        """See `Runtime`."""
        return self._eager.encode(templates)

    def stack(self, memories: Sequence[Memory]) -> Memory:
        """See `Runtime`."""
        return self._eager.stack(memories)

    @engine_errors()
    @torch.inference_mode()
    def match(self, memory: Memory, searches: Pixels | Tensor) -> HeadMaps:
        """See `Runtime`.

        Raises:
            EngineError: if the network cannot be compiled here, or torch fails.
        """
        crops = placed(searches, self._device)
        for axis in (1, 2):  # each size has code of its own
            mark_static(crops, axis)
        try:
            return fetched(*self._match(memory, crops))
        except TorchDynamoException as error:
            raise EngineError(f"torch.compile cannot compile the network: {error}") from error


def ask_once(runtime: Runtime, config: TrackingConfig) -> None:
    """Let `runtime` compile, for all sizes of crops, and for one crop and two.

    Now, not while a target moves away, or is lost and looked for in two places.
    """
    _log.info("compiling the network, which takes minutes the first time")
    memory = runtime.encode(_blank(1, config.template_size))
    for size, count in product(matching(config), (1, 2)):
        runtime.match(runtime.stack([memory] * count), _blank(count, size))


def _blank(count: int, size: int) -> Pixels:
    """Crops on which nothing is to be seen."""
    return np.zeros((count, size, size, 3), np.uint8)


def compiled(function: Callable[..., Any], **options: Any) -> Any:
    """Compile a function of tensors, whatever else was compiled in this process.

    Args:
        function: takes tensors, by their places.
        options: of `torch.compile`.
    """

    def call(*given: Tensor) -> Any:
        return function(*given)

    # torch counts what it compiles by code object, and beyond eight runs the rest uncompiled
    call.__code__ = call.__code__.replace()
    return torch.compile(call, **options)
