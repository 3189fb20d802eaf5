"""ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.errors import EngineError
from tracker.maps import HeadMaps
from tracker.runtime import Memory, Pixels
from tracker.runtime.graphs import Part, Precision, find_graph, matching
from tracker.weights import Card

_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class OnnxRuntime:
    """Runs a model's exported graphs."""

    def __init__(
        self,
        folder: Path,
        card: Card,
        *,
        device: str = "cpu",
        threads: int | None = None,
        precision: Precision = "fp32",
    ) -> None:
        try:
            import onnxruntime as ort
        except ImportError as error:
            raise EngineError(
                "the engine 'onnx' needs onnxruntime: pip install onnxruntime"
            ) from error
        provider = _PROVIDERS.get(device)
        if provider not in ort.get_available_providers():
            raise EngineError(
                f"onnxruntime has no device {device!r} here (it offers "
                f"{', '.join(ort.get_available_providers())}); use device='cpu', or install "
                f"onnxruntime-gpu for device='cuda'"
            )

        def session(part: Part) -> Any:
            path = find_graph(folder, part, precision)
            options = ort.SessionOptions()
            options.intra_op_num_threads = threads or 0
            options.inter_op_num_threads = 1
            options.log_severity_level = 3
            try:
                made = ort.InferenceSession(str(path), options, providers=[provider])
            except Exception as error:  # its exceptions have no common public base
                raise EngineError(f"onnxruntime cannot load {path}: {error}") from error
            if provider not in made.get_providers():  # it goes on without, and only logs that
                raise EngineError(
                    f"onnxruntime cannot use {device!r} here: a library of CUDA or cuDNN that it "
                    "needs is missing"
                )
            return made

        self._encode = session("encode")
        self._match = {size: session(part) for size, part in matching(card.tracking).items()}

    def encode(self, templates: Pixels) -> Memory:
        """See `Runtime`."""
        return _run(self._encode, {"templates": templates})[0]

    def stack(self, memories: Sequence[Memory]) -> Memory:
        """See `Runtime`."""
        return memories[0] if len(memories) == 1 else np.concatenate(list(memories))

    def match(self, memory: Memory, searches: Pixels) -> HeadMaps:
        """See `Runtime`."""
        return HeadMaps(
            *_run(self._match[searches.shape[1]], {"memory": memory, "searches": searches})
        )


def _run(session: Any, given: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
    try:
        found: list[NDArray[Any]] = session.run(None, given)
    except Exception as error:  # its exceptions have no common public base
        raise EngineError(f"onnxruntime failed: {error}") from error
    return found
