"""PyTorch's own compiler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch._dynamo.decorators import mark_static
from torch._dynamo.exc import TorchDynamoException

from tracker.errors import EngineError
from tracker.maps import HeadMaps
from tracker.model.head import Maps
from tracker.runtime import Memory, Pixels
from tracker.runtime.building import build_network
from tracker.runtime.eager import EagerRuntime, fetched, place, placed
from tracker.runtime.graphs import matching
from tracker.weights import Card

Match = Callable[[Tensor, Tensor], Maps]  # memory and search crops -> score, size, offset


class CompiledRuntime:
    """Runs `match` compiled; `encode`, which runs once a target, as it was built."""

    def __init__(self, folder: Path, card: Card, *, device: str, threads: int | None) -> None:
        self._device = place(device)
        if threads is not None:
            torch.set_num_threads(threads)
        network = build_network(folder, card)
        self._eager = EagerRuntime(network, self._device)
        self._match = compiled(network)
        self._to_compile = set(matching(card.tracking))

    def encode(self, templates: Pixels | Tensor) -> Memory:
        """See `Runtime`."""
        return self._eager.encode(templates)

    def stack(self, memories: Sequence[Memory]) -> Memory:
        """See `Runtime`."""
        return self._eager.stack(memories)

    @torch.inference_mode()
    def match(self, memory: Memory, searches: Pixels | Tensor) -> HeadMaps:
        """See `Runtime`. The first call compiles for all sizes of crops, and takes a minute or so.

        A call with another number of crops than the first compiles once more, for any number.

        Raises:
            EngineError: if the network cannot be compiled here.
        """
        crops = placed(searches, self._device)
        try:
            for size in self._to_compile - {crops.shape[1]}:  # now, not while a target moves away
                self._run(memory, crops.new_zeros(len(crops), size, size, 3))
            maps = self._run(memory, crops)
        except TorchDynamoException as error:
            raise EngineError(f"torch.compile cannot compile the network: {error}") from error
        self._to_compile = set()
        return fetched(*maps)

    def _run(self, memory: Memory, crops: Tensor) -> Maps:
        for axis in (1, 2):  # each size has code of its own
            mark_static(crops, axis)
        return self._match(memory, crops)


def compiled(network: Match) -> Match:
    """Compile `match` of a network, whatever else was compiled in this process."""

    def match(memory: Tensor, searches: Tensor) -> Maps:
        return network(memory, searches)

    # torch counts what it compiles by code object, and beyond eight runs the rest uncompiled
    match.__code__ = match.__code__.replace()
    found: Match = torch.compile(match)
    return found
