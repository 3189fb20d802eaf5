"""OpenVINO, in fp32 or with a quantised `match`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.errors import EngineError
from tracker.maps import HeadMaps
from tracker.runtime import Memory, Pixels
from tracker.runtime.graphs import Part, Precision, find_graph


class OpenVinoRuntime:
    """Runs an exported pair of graphs, `encode.onnx` and `match.onnx`."""

    def __init__(
        self,
        folder: Path,
        *,
        device: str = "cpu",
        threads: int | None = None,
        precision: Precision = "fp32",
    ) -> None:
        try:
            import openvino as ov
        except ImportError as error:
            raise EngineError(
                "the engine 'openvino' needs openvino: pip install 'lowtrack[openvino]'"
            ) from error
        core = ov.Core()
        name = device.upper()
        # several GPUs are "GPU.0", "GPU.1"; "GPU" alone is the first
        offered = core.available_devices
        if name not in {*offered, *(found.split(".")[0] for found in offered)}:
            raise EngineError(
                f"OpenVINO has no device {device!r} here; it offers {', '.join(offered).lower()}"
            )
        # by default it would round to bfloat16 where the processor can, and boxes would move
        settings: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",
        }
        if threads is not None:
            settings["INFERENCE_NUM_THREADS"] = threads

        def request(part: Part) -> Any:
            path = find_graph(folder, part, precision, "openvino")
            try:
                return core.compile_model(path, name, settings).create_infer_request()
            except RuntimeError as error:
                raise EngineError(f"OpenVINO cannot load {path}: {error}") from error

        self._encode, self._match = request("encode"), request("match")
        self._lock = threading.Lock()  # a request serves one call at a time

    def encode(self, templates: Pixels) -> Memory:
        """See `Runtime`."""
        with self._lock:
            return _run(self._encode, [templates])[0]

    def stack(self, memories: Sequence[Memory]) -> Memory:
        """See `Runtime`."""
        return memories[0] if len(memories) == 1 else np.concatenate(list(memories))

    def match(self, memory: Memory, searches: Pixels) -> HeadMaps:
        """See `Runtime`."""
        with self._lock:
            return HeadMaps(*_run(self._match, [memory, searches]))


def _run(request: Any, given: list[NDArray[Any]]) -> list[NDArray[Any]]:
    """Answers that are the caller's own. What is given is not copied: that is a tenth of a call."""
    try:
        request.infer(given, share_inputs=True, share_outputs=True)
    except RuntimeError as error:
        raise EngineError(f"OpenVINO failed: {error}") from error
    return [tensor.data.copy() for tensor in request.output_tensors]
