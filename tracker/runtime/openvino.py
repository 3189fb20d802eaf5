"""OpenVINO, in fp32 or with quantised matching.

What it has made of a graph is kept, since making it takes most of the time of a start. One crop has
graphs of its own: where the number of crops is left open, each layer asks for it anew, and that is
a tenth of a call.
"""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker import weights
from tracker.errors import EngineError
from tracker.maps import HeadMaps
from tracker.runtime import BatchRuntime, Memory, Pixels, packages
from tracker.runtime.cache import Key, recall, remember
from tracker.runtime.graphs import Part, Precision, find_graph, matching, of_size
from tracker.weights import Card

_log = logging.getLogger(__name__)

_ONE_BY_ONE = 2  # crops up to which the graph for one is as quick as that for many


class OpenVinoRuntime(BatchRuntime):
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
        core, name = open_device(device)
        settings = settings_for(name, threads)
        place = {"openvino": packages.openvino().__version__, "device": name}
        place["processor"] = core.get_property(name, "FULL_DEVICE_NAME")

        def request(part: Part, *, many: bool) -> Any:
            graph = find_graph(folder, part, precision, "openvino")
            key = {**place, "settings": str(settings), "weights": card.sha256}
            key["graph"] = f"{graph.name} {weights.digest(graph)}"
            key["crops"] = "many" if many else "one"
            try:
                return _compiled(core, graph, name, settings, key, many=many).create_infer_request()
            except RuntimeError as error:
                raise EngineError(f"OpenVINO cannot load {graph}: {error}") from error

        self._sizes = matching(card.tracking)
        self._request = request
        self._parts: tuple[Part, ...] = ("encode", *self._sizes.values())
        self._one = {part: request(part, many=False) for part in self._parts}
        self._many: dict[Part, Any] = {}
        self._lock = threading.Lock()  # a request serves one call at a time

    def encode(self, templates: Pixels) -> Memory:
        """See `Runtime`."""
        return self._answers("encode", [templates])[0]

    def stack(self, memories: Sequence[Memory]) -> Memory:
        """See `Runtime`."""
        return memories[0] if len(memories) == 1 else np.concatenate(list(memories))

    def match(self, memory: Memory, searches: Pixels) -> HeadMaps:
        """See `Runtime`."""
        part = of_size(self._sizes, searches.shape[1])
        return HeadMaps(*self._answers(part, [memory, searches]))

    def prepare_many(self) -> None:
        """See `BatchRuntime`."""
        with self._lock:
            if not self._many:
                self._many = {part: self._request(part, many=True) for part in self._parts}

    def _answers(self, part: Part, given: list[NDArray[Any]]) -> list[NDArray[Any]]:
        crops = len(given[0])
        if crops > _ONE_BY_ONE:
            self.prepare_many()
            with self._lock:
                return _run(self._many[part], given)
        with self._lock:
            each = [_run(self._one[part], [its[n : n + 1] for its in given]) for n in range(crops)]
        return each[0] if crops == 1 else [np.concatenate(maps) for maps in zip(*each, strict=True)]


def open_device(device: str) -> tuple[Any, str]:
    """OpenVINO's core, and its own name of a device.

    Args:
        device: "cpu", "gpu", or "gpu.1" for the second.

    Raises:
        EngineError: if OpenVINO is not installed, or has no such device.
    """
    core, name = packages.openvino().Core(), device.upper()
    # several GPUs are "GPU.0", "GPU.1"; "GPU" alone is the first
    offered = core.available_devices
    if name not in {*offered, *(found.split(".")[0] for found in offered)}:
        raise EngineError(
            f"OpenVINO has no device {device!r} here; it offers {', '.join(offered).lower()}"
        )
    return core, name


def settings_for(name: str, threads: int | None) -> dict[str, Any]:
    """How graphs are compiled for the device that OpenVINO calls `name`."""
    settings: dict[str, Any] = {
        "PERFORMANCE_HINT": "LATENCY",
        # by default it would round to bfloat16 where the processor can, and boxes would move
        "INFERENCE_PRECISION_HINT": "f32",
    }
    if name == "CPU":
        # pinned, the threads of several processes would share the first cores
        settings["ENABLE_CPU_PINNING"] = False
    if threads is not None:
        settings["INFERENCE_NUM_THREADS"] = threads
    return settings


def _compiled(
    core: Any, graph: Path, device: str, settings: dict[str, Any], key: Key, *, many: bool
) -> Any:
    """What was kept under `key`, or else made now; raises RuntimeError if it cannot be made."""
    kept = recall("openvino", key)
    if kept is not None:
        try:
            return core.import_model(kept, device, settings)
        except RuntimeError as error:
            _log.info("what OpenVINO kept of %s is made again: %s", graph.name, error)
    model = core.read_model(graph)
    if not many:
        for each in model.inputs:
            shape = each.partial_shape
            shape[0] = 1
            model.reshape({each: shape})
    made = core.compile_model(model, device, settings)
    try:
        exported = made.export_model()
        remember(
            "openvino", key, exported.getvalue() if isinstance(exported, io.BytesIO) else exported
        )
    except (OSError, RuntimeError) as error:  # some devices cannot export
        _log.warning("what OpenVINO makes of %s is made each time: %s", graph.name, error)
    return made


def _run(request: Any, given: list[NDArray[Any]]) -> list[NDArray[Any]]:
    """Answers that are the caller's own. What is given is not copied: that is a tenth of a call."""
    try:
        request.infer(given, share_inputs=True, share_outputs=True)
    except RuntimeError as error:
        raise EngineError(f"OpenVINO failed: {error}") from error
    return [tensor.data.copy() for tensor in request.output_tensors]
