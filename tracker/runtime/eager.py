"""PyTorch, as the network was built."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from tracker.errors import EngineError
from tracker.maps import HeadMaps
from tracker.model.network import TrackingNetwork
from tracker.runtime import Memory, Pixels


@contextmanager
def engine_errors() -> Iterator[None]:
    """Turn torch's errors, of memory and of all else, into `EngineError`."""
    try:
        yield
    except RuntimeError as error:
        raise EngineError(f"PyTorch: {error}") from error


class EagerRuntime:
    """Runs the network as it was built, on any torch device."""

    def __init__(self, network: TrackingNetwork, device: torch.device) -> None:
        self._network = network.eval().to(device)
        self._device = device

    @engine_errors()
    @torch.inference_mode()
    def encode(self, templates: Pixels | Tensor) -> Memory:
        """See `Runtime`."""
        return self._network.encode(placed(templates, self._device))

    def stack(self, memories: Sequence[Memory]) -> Memory:
        """See `Runtime`."""
        return memories[0] if len(memories) == 1 else torch.cat(list(memories))

    @engine_errors()
    @torch.inference_mode()
    def match(self, memory: Memory, searches: Pixels | Tensor) -> HeadMaps:
        """See `Runtime`."""
        return fetched(*self._network(memory, placed(searches, self._device)))


def place(device: str) -> torch.device:
    """A torch device by name.

    Raises:
        EngineError: if there is none of that name here.
    """
    try:
        found = torch.device("cuda:0" if device == "cuda" else device)  # not the current one
        torch.zeros(1, device=found).cpu()  # there, and back: "meta" keeps no numbers
    except (RuntimeError, AssertionError, ImportError) as error:
        raise EngineError(f"torch has no device {device!r} here: {error}") from error
    return found


def placed(pixels: Pixels | Tensor, device: torch.device) -> Tensor:
    """Crops on `device`; those that were cut there stay as they are."""
    return pixels if isinstance(pixels, Tensor) else torch.from_numpy(pixels).to(device)


def fetched(score: Tensor, size: Tensor, offset: Tensor) -> HeadMaps:
    """Bring a network's maps here, in one go."""
    maps = torch.cat((score.unsqueeze(1), size, offset), dim=1).float().cpu().numpy()
    return HeadMaps(maps[:, 0], maps[:, 1:3], maps[:, 3:5])
