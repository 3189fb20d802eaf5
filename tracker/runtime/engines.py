"""Engines by name. Each is imported when asked for, so none is needed but the one in use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tracker.errors import EngineError
from tracker.runtime import Runtime, packages
from tracker.runtime.graphs import Precision, checked
from tracker.weights import Card

Engine = Literal["onnx", "openvino", "tensorrt", "eager", "compiled", "auto"]

# the precisions that each engine has somewhere; the first is its usual one
_PRECISIONS: dict[str, tuple[Precision, ...]] = {
    "onnx": ("fp32", "fp16", "int8"),
    "openvino": ("fp32", "bf16", "int8"),
    "tensorrt": ("fp16", "fp32", "int8"),
    "eager": ("fp32",),
    "compiled": ("fp32", "fp16"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an engine runs."""

    device: str = "cpu"
    threads: int | None = None  # CPU threads; None leaves it to the engine


def names() -> tuple[str, ...]:
    """The engines that can be asked for, "auto" apart."""
    return tuple(_PRECISIONS)


def precisions(engine: str, device: str) -> tuple[Precision, ...]:
    """What `engine` can run on `device`; the first is its usual one.

    Raises:
        EngineError: if it is unknown.
    """
    if engine not in _PRECISIONS:
        raise EngineError(f"no engine {engine!r}: there are {', '.join(names())} and auto")
    known = _PRECISIONS[engine]
    # half precision is slow on CPUs, and PyTorch compiles it for minutes
    on_gpu = device.partition(":")[0] == "cuda"
    return known if on_gpu or engine != "compiled" else known[:1]


def make(
    engine: str, folder: Path, card: Card, place: Place, precision: Precision | None = None
) -> Runtime:
    """The runtime `engine` for the model in `folder`.

    Args:
        engine: one of `names()`.
        folder: of the model.
        card: of the model.
        place: where it is to run.
        precision: None for the engine's usual one.

    Raises:
        EngineError: if it is unknown, not installed, has no such device, or the model has no graph
            of this precision.
        WeightsError: if the model's files do not fit.
    """
    known = precisions(engine, place.device)
    chosen = checked(precision or known[0], engine, known)
    device, threads = place.device, place.threads
    match engine:
        case "onnx":
            from tracker.runtime.onnx import OnnxRuntime

            return OnnxRuntime(folder, card, device=device, threads=threads, precision=chosen)
        case "openvino":
            from tracker.runtime.openvino import OpenVinoRuntime

            return OpenVinoRuntime(folder, card, device=device, threads=threads, precision=chosen)
        case "tensorrt":
            from tracker.runtime.tensorrt import TensorRtRuntime

            return TensorRtRuntime(folder, card, device=device, precision=chosen)
    return _of_torch(engine, folder, card, place, chosen)


def _of_torch(engine: str, folder: Path, card: Card, place: Place, precision: Precision) -> Runtime:
    """The engines that run the network itself; with memory of their own they take whole frames."""
    torch = packages.torch(f"the engine {engine!r}")
    from tracker.runtime import building, compiled, eager, on_device

    device = eager.place(place.device)
    # AMD's GPUs are "cuda", too
    if engine == "compiled" and device.type == "cuda" and torch.version.hip is None:
        from tracker.runtime.graphed import GraphedRuntime

        return GraphedRuntime(folder, card, device=place.device, precision=precision)
    if precision != "fp32":
        raise EngineError(f"{engine!r} computes in {precision} on NVIDIA GPUs only")
    if place.threads is not None:
        torch.set_num_threads(place.threads)  # of this whole process
    network = building.build_network(folder, card)
    runtime = (
        compiled.CompiledRuntime(network, device, card.tracking)
        if engine == "compiled"
        else eager.EagerRuntime(network, device)
    )
    return runtime if device.type == "cpu" else on_device.OnDevice(runtime, device)
