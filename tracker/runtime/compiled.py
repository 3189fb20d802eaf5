"""PyTorch's own compiler."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from itertools import product
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
from tracker.model.network import TrackingNetwork
from tracker.runtime import Memory, Pixels
from tracker.runtime.eager import EagerRuntime, engine_errors, fetched, placed
from tracker.runtime.graphs import matching

_log = logging.getLogger(__name__)

Match = Callable[[Tensor, Tensor], Maps]  # memory and search crops -> score, size, offset


class CompiledRuntime:
    """Runs `match` compiled; `encode`, which runs once a target, as it was built."""

    def __init__(
        self, network: TrackingNetwork, device: torch.device, config: TrackingConfig
    ) -> None:
        """Compile, for one crop and for any number of them: that takes minutes.

        Args:
            network: moved to `device`.
            device: where to run it.
            config: for which crops.

        Raises:
            EngineError: if torch cannot compile the network here.
        """
        self._device = device
        self._eager = EagerRuntime(network, device)
        self._match: Match = compiled(network)
        log_compiling()
        # now, not while a target moves away, or is lost and looked for in two places
        memory = self.encode(_blank(1, config.template_size))
        for size, count in product(matching(config), (1, 2)):
            self.match(self.stack([memory] * count), _blank(count, size))

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


def log_compiling() -> None:
    """Say why it takes so long."""
    _log.info("compiling the network, which takes minutes the first time")


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
