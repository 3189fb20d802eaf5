"""ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tracker.errors import EngineError
from tracker.maps import HeadMaps
from tracker.runtime import Memory, Pixels

_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


class OnnxRuntime:
    """Runs an exported pair of graphs, `encode.onnx` and `match.onnx`."""

    def __init__(self, folder: Path, *, device: str = "cpu", threads: int | None = None) -> None:
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

        def session(name: str) -> Any:
            options = ort.SessionOptions()
            options.intra_op_num_threads = threads or 0
            options.inter_op_num_threads = 1
            options.log_severity_level = 3
            try:
                return ort.InferenceSession(
                    str(folder / name), sess_options=options, providers=[provider]
                )
            except Exception as error:  # its exceptions have no common public base
                raise EngineError(f"onnxruntime cannot load {folder / name}: {error}") from error

        self._encode = session("encode.onnx")
        self._match = session("match.onnx")

    def encode(self, templates: Pixels) -> Memory:
        """See `Runtime`."""
        return self._encode.run(None, {"templates": templates})[0]

    def stack(self, memories: Sequence[Memory]) -> Memory:
        """See `Runtime`."""
        return memories[0] if len(memories) == 1 else np.concatenate(list(memories))

    def match(self, memory: Memory, searches: Pixels) -> HeadMaps:
        """See `Runtime`."""
        return HeadMaps(*self._match.run(None, {"memory": memory, "searches": searches}))
