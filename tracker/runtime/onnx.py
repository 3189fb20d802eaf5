"""ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.errors import EngineError
from tracker.maps import HeadMaps
from tracker.runtime import Memory, Pixels, packages
from tracker.runtime.cuda import gpu_index
from tracker.runtime.graphs import Part, Precision, find_graph, matching, of_size
from tracker.weights import Card


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
        def session(part: Part) -> Any:
            return open_session(str(find_graph(folder, part, precision)), device, threads)

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
        session = of_size(self._match, searches.shape[1])
        return HeadMaps(*_run(session, {"memory": memory, "searches": searches}))


def open_session(graph: str | bytes, device: str, threads: int | None) -> Any:
    """ONNX Runtime's session of a graph, on this device and no other.

    Args:
        graph: its file, or what would be in that.
        device: "cpu", "cuda", or "cuda:1" for the second GPU.
        threads: CPU threads; None for all cores.

    Raises:
        EngineError: if ONNX Runtime is not installed, has no such device, or refuses the graph.
    """
    ort = packages.onnxruntime()
    kind, index = kind_of(device)
    provider = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}.get(kind)
    settings = {"device_id": index} if kind == "cuda" else {}
    if provider not in ort.get_available_providers():
        raise EngineError(
            f"onnxruntime has no device {device!r} here (it offers "
            f"{', '.join(ort.get_available_providers())}); use device='cpu', or install "
            f"onnxruntime-gpu for device='cuda'"
        )
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # its threads would wait for the next frame at full speed: three times the processor's work
    options.add_session_config_entry("session.force_spinning_stop", "1")
    try:
        session = ort.InferenceSession(graph, options, providers=[(provider, settings)])
    except Exception as error:  # its exceptions have no common public base
        name = graph if isinstance(graph, str) else "the graph"
        raise EngineError(f"onnxruntime cannot load {name}: {error}") from error
    if provider not in session.get_providers():  # it goes on without, and only logs that
        raise EngineError(
            f"onnxruntime cannot use {device!r} here: no such GPU, or a library of CUDA or cuDNN "
            "that it needs is missing"
        )
    return session


def kind_of(device: str) -> tuple[str, int]:
    """A device's name -> "cuda" and which of them, or the name itself and 0."""
    if device.partition(":")[0] == "cuda":
        return "cuda", gpu_index(device)
    return device, 0


def _run(session: Any, given: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
    try:
        found: list[NDArray[Any]] = session.run(None, given)
    except Exception as error:  # its exceptions have no common public base
        raise EngineError(f"onnxruntime failed: {error}") from error
    return found
