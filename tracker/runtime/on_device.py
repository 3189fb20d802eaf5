"""Frames and network on one device: a frame goes there once, and only maps come back."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from tracker.frame import Colour
from tracker.maps import HeadMaps
from tracker.runtime import Crops, FrameRuntime, Memory
from tracker.runtime.compiled import CompiledRuntime
from tracker.runtime.device_frame import DeviceFrame, wait
from tracker.runtime.eager import EagerRuntime


class OnDevice(FrameRuntime):
    """Lets a runtime of torch take whole frames."""

    def __init__(self, runtime: EagerRuntime | CompiledRuntime, device: torch.device) -> None:
        self._runtime, self._device = runtime, device

    def upload(self, frame: object, colour: Colour) -> DeviceFrame:
        """See `FrameRuntime`; also takes tensors, and those of the device as they lie there."""
        return DeviceFrame.of(frame, self._device, colour)

    def encode(self, templates: Crops) -> Memory:
        """See `Runtime`."""
        memory = self._runtime.encode(templates)
        wait(self._device)
        return memory

    def stack(self, memories: Sequence[Memory]) -> Memory:
        """See `Runtime`."""
        return self._runtime.stack(memories)

    def match(self, memory: Memory, searches: Crops) -> HeadMaps:
        """See `Runtime`; it waits for the answer."""
        return self._runtime.match(memory, searches)
