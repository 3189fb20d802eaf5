"""OpenVINO."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tracker.errors import EngineError
from tracker.maps import HeadMaps
from tracker.runtime import Memory, Pixels


class OpenVinoRuntime:
    """Runs an exported pair of graphs, `encode.onnx` and `match.onnx`."""

    def __init__(self, folder: Path, *, device: str = "cpu", threads: int | None = None) -> None:
        try:
            import openvino as ov
        except ImportError as error:
            raise EngineError(
                "the engine 'openvino' needs openvino: pip install 'lowtrack[openvino]'"
            ) from error
        core = ov.Core()
        name = device.upper()
        if name not in {found.split(".")[0] for found in core.available_devices}:
            raise EngineError(
                f"OpenVINO has no device {device!r} here; it offers "
                f"{', '.join(core.available_devices).lower()}"
            )
        # by default it would round to bfloat16 where the processor can, and boxes would move
        settings: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",
        }
        if threads is not None:
            settings["INFERENCE_NUM_THREADS"] = threads
        self._encode: Any = core.compile_model(folder / "encode.onnx", name, settings)
        self._match: Any = core.compile_model(folder / "match.onnx", name, settings)

    def encode(self, templates: Pixels) -> Memory:
        """See `Runtime`."""
        return self._encode([templates])[0].copy()

    def stack(self, memories: Sequence[Memory]) -> Memory:
        """See `Runtime`."""
        return memories[0] if len(memories) == 1 else np.concatenate(list(memories))

    def match(self, memory: Memory, searches: Pixels) -> HeadMaps:
        """See `Runtime`."""
        result = self._match([memory, searches])
        return HeadMaps(result[0].copy(), result[1].copy(), result[2].copy())
