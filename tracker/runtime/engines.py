"""Engines by name. Each is imported when asked for, so none is needed but the one in use."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from tracker.errors import EngineError
from tracker.runtime import Runtime
from tracker.weights import Card

Engine = Literal["onnx", "openvino", "eager"]


def make(engine: Engine, folder: Path, card: Card, *, device: str, threads: int | None) -> Runtime:
    """The runtime `engine` for the model in `folder`.

    Raises:
        EngineError: if it is unknown, not installed, or has no such device.
        WeightsError: if the model's files do not fit.
    """
    match engine:
        case "onnx":
            from tracker.runtime.onnx import OnnxRuntime

            return OnnxRuntime(folder, device=device, threads=threads)
        case "openvino":
            from tracker.runtime.openvino import OpenVinoRuntime

            return OpenVinoRuntime(folder, device=device, threads=threads)
        case "eager":
            try:
                from tracker.runtime import eager
            except ImportError as error:
                raise EngineError(
                    "the engine 'eager' needs torch and safetensors: pip install 'lowtrack[torch]'"
                ) from error
            return eager.load(folder, card, device=device, threads=threads)
    raise EngineError(f"no engine {engine!r}: there are onnx, openvino and eager")
