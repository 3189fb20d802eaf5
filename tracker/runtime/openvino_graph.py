"""A graph in OpenVINO: compiled once on a machine, and kept, since that takes most of a start.

What is kept is read where it lies on the disk: its weights are not in memory twice.
"""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker import weights
from tracker.errors import EngineError
from tracker.runtime import packages
from tracker.runtime.cache import Key, recall, release, remember
from tracker.runtime.graphs import Precision

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Device:
    """Where graphs run, and how they are compiled for it."""

    core: Any
    name: str  # OpenVINO's own
    settings: dict[str, Any]

    def key(self) -> Key:
        """What graphs that are compiled depend on."""
        return {
            "openvino": packages.openvino().__version__,
            "device": self.name,
            "processor": self.core.get_property(self.name, "FULL_DEVICE_NAME"),
            "settings": str(self.settings),
        }


def open_device(device: str, threads: int | None = None, precision: Precision = "fp32") -> Device:
    """A device of OpenVINO's.

    Args:
        device: "cpu", "gpu", or "gpu.1" for the second.
        threads: to compute with; None for as many as OpenVINO likes.
        precision: "bf16" for bfloat16 in place of fp32.

    Raises:
        EngineError: if OpenVINO is not installed, or has no such device, or that no bfloat16.
    """
    core, name = packages.openvino().Core(), device.upper()
    # several GPUs are "GPU.0", "GPU.1"; "GPU" alone is the first
    offered = core.available_devices
    if name not in {*offered, *(found.split(".")[0] for found in offered)}:
        raise EngineError(
            f"OpenVINO has no device {device!r} here; it offers {', '.join(offered).lower()}"
        )
    if precision == "bf16":
        _check_bfloat16(core, name)
    settings: dict[str, Any] = {
        "PERFORMANCE_HINT": "LATENCY",
        # else it would round wherever the processor can
        "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32",
    }
    if name == "CPU":
        # pinned, the threads of several processes would share the first cores
        settings["ENABLE_CPU_PINNING"] = False
    if threads is not None:
        settings["INFERENCE_NUM_THREADS"] = threads
    return Device(core, name, settings)


def _check_bfloat16(core: Any, name: str) -> None:
    if "BF16" not in core.get_property(name, "OPTIMIZATION_CAPABILITIES"):
        processor = core.get_property(name, "FULL_DEVICE_NAME")
        raise EngineError(f"OpenVINO has no bfloat16 on {processor}; use another precision")
    if name == "CPU" and not has_amx():
        _log.warning("no AMX is known of this processor; without it bf16 may be slower than fp32")


def has_amx() -> bool:
    """Whether Linux says that this processor multiplies tiles of bfloat16 (Intel's AMX)."""
    try:
        return "amx_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


class Graph:
    """A graph that is ready; serves one call at a time."""

    def __init__(self, device: Device, path: Path, key: Key, *, many: bool) -> None:
        """Take what was kept, or compile.

        Args:
            device: where it runs.
            path: what `export` wrote.
            key: what it depends on, besides the device and itself.
            many: for any number of crops; else for one.

        Raises:
            EngineError: if OpenVINO cannot load it.
        """
        whole = {**device.key(), **key, "graph": f"{path.name} {weights.digest(path)}"}
        whole["crops"] = "many" if many else "one"
        try:
            compiled, kept = _compiled(device, path, whole, many=many)
            self._request = compiled.create_infer_request()
            self._kept = kept  # stays mapped for as long as the request lives
            if kept is not None:
                release(kept)  # most of it was only to be arranged for this processor
        except RuntimeError as error:
            raise EngineError(f"OpenVINO cannot load {path}: {error}") from error

    def run(self, given: list[NDArray[Any]]) -> list[NDArray[Any]]:
        """Answers that are the caller's own; what is given is not copied: a tenth of a call.

        Raises:
            EngineError: if OpenVINO fails.
        """
        try:
            self._request.infer(given, share_inputs=True, share_outputs=True)
        except RuntimeError as error:
            raise EngineError(f"OpenVINO failed: {error}") from error
        return [tensor.data.copy() for tensor in self._request.output_tensors]


def _compiled(device: Device, path: Path, key: Key, *, many: bool) -> tuple[Any, Any]:
    """A graph, and what must outlive it; raises RuntimeError if it cannot be made."""
    kept = recall("openvino", key)
    if kept is not None:
        tensor = packages.openvino().Tensor(np.frombuffer(kept, np.uint8), shared_memory=True)
        try:
            return device.core.import_model(tensor, device.name, device.settings), kept
        except RuntimeError as error:
            _log.info("what OpenVINO kept of %s is made again: %s", path.name, error)
    model = device.core.read_model(path)
    if not many:
        for each in model.inputs:
            shape = each.partial_shape
            shape[0] = 1
            model.reshape({each: shape})
    made = device.core.compile_model(model, device.name, device.settings)
    try:
        exported = made.export_model()
        remember(
            "openvino", key, exported.getvalue() if isinstance(exported, io.BytesIO) else exported
        )
    except (OSError, RuntimeError) as error:  # some devices cannot export
        _log.warning("what OpenVINO makes of %s is made each time: %s", path.name, error)
    return made, None
