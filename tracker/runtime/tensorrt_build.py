"""An ONNX graph -> an engine of TensorRT 8.6 to 11, or of TensorRT-RTX: one way for all of them.

What differs: before 10 precision is a builder's flag that allows what the graph then asks for, from
10 on the graph alone decides ("strongly typed"), and from 11 on the flags are gone.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracker.errors import EngineError
from tracker.runtime.graphs import Precision

Shape = tuple[int, ...]

RTX = "tensorrt_rtx_bindings"  # what the package tensorrt_rtx only passes on

_WORKSPACE = 1 << 30  # bytes of GPU memory that a layer may try
_INSTALL = (
    "pip install 'lowtrack[tensorrt]' (on a Jetson JetPack brings it, for the system's Python), or "
    "'lowtrack[tensorrt-rtx]' for GeForce RTX and RTX PRO"
)


@dataclass(frozen=True, slots=True)
class Flavour:
    """Which TensorRT there is."""

    module: Any
    name: str
    version: str

    @property
    def strongly_typed(self) -> bool:
        """Whether the graph decides on precision."""
        return self.name == RTX or int(self.version.split(".")[0]) >= 10


def find_flavour(names: tuple[str, ...] = ("tensorrt", RTX)) -> Flavour:
    """The first of `names` that is installed. Importing it can end the process where no GPU is.

    Raises:
        EngineError: if none is installed, or it cannot be imported.
    """
    reasons = []
    for name in names:
        try:
            module = importlib.import_module(name)
        except (ImportError, OSError, RuntimeError) as error:  # of missing libraries, too
            reasons.append(str(error))
            continue
        return Flavour(module, name, str(module.__version__))
    raise EngineError(f"TensorRT cannot be imported ({'; '.join(reasons)}): {_INSTALL}")


def build_plan(
    flavour: Flavour, graph: Path, precision: Precision, *, usual: int, most: int
) -> bytes:
    """Build an engine; takes seconds to minutes.

    Args:
        flavour: whose engine.
        graph: an ONNX file; files it refers to lie beside it.
        precision: what the graph holds.
        usual: inputs, such as crops, in a call that the engine is to be quickest for.
        most: inputs that one call may bring; the least is 1.

    Raises:
        EngineError: if the graph cannot be read, or no engine can be made of it.
    """
    trt = flavour.module
    complaints = make_logger(trt)
    builder = opened(trt.Builder, complaints)
    network = builder.create_network(_network_flags(flavour))
    parser = trt.OnnxParser(network, complaints)
    if not parser.parse_from_file(str(graph)):
        errors = [parser.get_error(index).desc() for index in range(parser.num_errors)]
        raise EngineError(f"{flavour.name} cannot read {graph}: {'; '.join(errors)}")
    config = builder.create_builder_config()
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, _WORKSPACE)
    if not flavour.strongly_typed:
        for flag in {"fp32": (), "fp16": ("FP16",), "int8": ("INT8",)}[precision]:
            config.set_flag(trt.BuilderFlag.__members__[flag])
    profile = builder.create_optimization_profile()
    for name, shape in _inputs(network).items():
        profile.set_shape(name, *((count, *shape[1:]) for count in (1, usual, most)))
    config.add_optimization_profile(profile)
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise EngineError(
            f"{flavour.name} {flavour.version} built no engine of {graph}: "
            f"{'; '.join(complaints.errors) or 'it does not say why'}"
        )
    return bytes(memoryview(plan))


def check(flavour: Flavour) -> None:
    """Build and load the smallest engine there is; needs a GPU, and takes seconds.

    Raises:
        EngineError: if this GPU cannot run what it builds: no version knows all of them.
    """
    trt = flavour.module
    complaints = make_logger(trt)
    builder = opened(trt.Builder, complaints)
    network = builder.create_network(_network_flags(flavour))
    layer = network.add_identity(network.add_input("x", trt.float32, (1,)))
    network.mark_output(layer.get_output(0))
    plan = builder.build_serialized_network(network, builder.create_builder_config())
    if plan is None or opened(trt.Runtime, complaints).deserialize_cuda_engine(plan) is None:
        raise EngineError(
            f"{flavour.name} {flavour.version} runs no engine on this GPU: "
            f"{' '.join('; '.join(complaints.errors).split()) or 'it does not say why'}"
        )


def opened(kind: Any, complaints: Any) -> Any:
    """TensorRT's builder or runtime.

    Raises:
        EngineError: if it cannot start: the driver is too old for it, or the GPU's memory is full.
    """
    try:
        return kind(complaints)
    except TypeError as error:  # what its bindings make of nothing at all
        reason = "; ".join(complaints.errors) or error
        raise EngineError(f"TensorRT's {kind.__name__} cannot start: {reason}") from error


def _network_flags(flavour: Flavour) -> int:
    flags = flavour.module.NetworkDefinitionCreationFlag
    flag = flags.STRONGLY_TYPED if flavour.strongly_typed else flags.EXPLICIT_BATCH
    return 1 << int(flag)


def _inputs(network: Any) -> Mapping[str, Shape]:
    tensors = (network.get_input(index) for index in range(network.num_inputs))
    return {tensor.name: tuple(tensor.shape) for tensor in tensors}


def make_logger(trt: Any) -> Any:
    """A logger that keeps what is wrong, and shows nothing."""

    class Complaints(trt.ILogger):  # type: ignore[misc]  # the base is whichever is installed
        def __init__(self) -> None:
            trt.ILogger.__init__(self)
            self.errors: list[str] = []

        def log(self, severity: Any, message: str) -> None:
            if severity in (trt.ILogger.INTERNAL_ERROR, trt.ILogger.ERROR):
                self.errors.append(message)

    return Complaints()
