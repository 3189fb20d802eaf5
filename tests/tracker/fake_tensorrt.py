"""TensorRT's Python module as far as tracker/runtime calls it; engines run in ONNX Runtime.

Buffers are where addresses say, so a wrong address, size or order gives wrong answers.
"""

from __future__ import annotations

import ctypes
import json
from enum import Enum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort


class ILogger:
    INTERNAL_ERROR, ERROR, WARNING = range(3)


class TensorIOMode(Enum):
    INPUT = 1
    OUTPUT = 2


class _Tensor:
    def __init__(self, value: Any) -> None:
        self.name = value.name
        self.dtype = onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
        self.shape = [d.dim_value if d.dim_value else -1 for d in value.type.tensor_type.shape.dim]


class _Network:
    """What a parser has filled."""

    def __init__(self, flags: int) -> None:
        self.flags = flags
        self.path = ""
        self.inputs: list[_Tensor] = []
        self.outputs: list[_Tensor] = []

    @property
    def num_inputs(self) -> int:
        return len(self.inputs)

    def get_input(self, index: int) -> _Tensor:
        return self.inputs[index]


class OnnxParser:
    def __init__(self, network: _Network, logger: Any) -> None:
        self._network = network
        self.num_errors = 0

    def parse_from_file(self, path: str) -> bool:
        if Path(path).stat().st_size < 1000:
            self.num_errors = 1
            return False
        graph = onnx.load(path, load_external_data=False).graph
        self._network.path = path
        self._network.inputs = [_Tensor(value) for value in graph.input]
        self._network.outputs = [_Tensor(value) for value in graph.output]
        return True

    def get_error(self, index: int) -> Any:
        return SimpleNamespace(desc=lambda: f"error {index}: not a graph")


class _Config:
    def __init__(self) -> None:
        self.flags: list[Any] = []
        self.profiles: list[Any] = []

    def set_memory_pool_limit(self, pool: Any, size: int) -> None:
        assert size > 1 << 20

    def set_flag(self, flag: Any) -> None:
        self.flags.append(flag)

    def add_optimization_profile(self, profile: Any) -> None:
        self.profiles.append(profile)


class _Profile:
    def __init__(self) -> None:
        self.shapes: dict[str, Any] = {}

    def set_shape(self, name: str, least: Any, usual: Any, most: Any) -> None:
        assert least[0] == 1 <= usual[0] <= most[0]
        self.shapes[name] = (least, usual, most)


def make_module(version: str) -> Any:
    """A module of this version; `built` and `loaded` count what was done with it."""
    major = int(version.split(".", maxsplit=1)[0])
    flags = SimpleNamespace(**({"STRONGLY_TYPED": 1} if major >= 10 else {}), EXPLICIT_BATCH=0)
    builder_flags = Enum("BuilderFlag", ["FP16", "INT8"] if major < 11 else ["TF32"])  # type: ignore[misc]
    module = SimpleNamespace(
        __version__=version,
        ILogger=ILogger,
        OnnxParser=OnnxParser,
        TensorIOMode=TensorIOMode,
        NetworkDefinitionCreationFlag=flags,
        BuilderFlag=builder_flags,
        MemoryPoolType=SimpleNamespace(WORKSPACE=0),
        nptype=lambda dtype: dtype,
        built=[],
        loaded=[],
    )

    module.Builder = lambda logger: _Builder(module, major, logger)
    module.Runtime = lambda logger: _Runtime(module, logger)
    return module


class _Builder:
    def __init__(self, module: Any, major: int, logger: Any) -> None:
        self._module, self._major, self._logger = module, major, logger

    def create_network(self, flags: int) -> _Network:
        assert flags == (2 if self._major >= 10 else 1)
        return _Network(flags)

    def create_builder_config(self) -> _Config:
        return _Config()

    def create_optimization_profile(self) -> _Profile:
        return _Profile()

    def build_serialized_network(self, network: _Network, config: _Config) -> bytes | None:
        (profile,) = config.profiles
        assert set(profile.shapes) == {tensor.name for tensor in network.inputs}
        self._module.built.append((network.path, [flag.name for flag in config.flags]))
        if "unbuildable" in network.path:
            self._logger.log(ILogger.ERROR, "no kernel for this layer")
            return None
        most = max(shapes[-1][0] for shapes in profile.shapes.values())
        return b"PLAN" + json.dumps({"path": network.path, "most": most}).encode()


class _Runtime:
    def __init__(self, module: Any, logger: Any) -> None:
        self._module, self._logger = module, logger

    def deserialize_cuda_engine(self, plan: bytes) -> Any:
        if not plan.startswith(b"PLAN"):
            self._logger.log(ILogger.ERROR, "magic tag does not match")
            return None
        made = json.loads(plan[4:])
        self._module.loaded.append(made["path"])
        return _Engine(**made)


class _Engine:
    def __init__(self, path: str, most: int) -> None:
        self.most = most
        graph = onnx.load(path, load_external_data=False).graph
        self.inputs = {value.name: _Tensor(value) for value in graph.input}
        self.outputs = {value.name: _Tensor(value) for value in graph.output}
        self.session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])

    @property
    def num_io_tensors(self) -> int:
        return len(self.inputs) + len(self.outputs)

    def get_tensor_name(self, index: int) -> str:
        names: list[str] = [*self.inputs, *self.outputs]
        return names[index]

    def _tensor(self, name: str) -> _Tensor:
        return (self.inputs | self.outputs)[name]

    def get_tensor_dtype(self, name: str) -> Any:
        return self._tensor(name).dtype

    def get_tensor_mode(self, name: str) -> TensorIOMode:
        return TensorIOMode.INPUT if name in self.inputs else TensorIOMode.OUTPUT

    def get_tensor_shape(self, name: str) -> list[int]:
        probe = self.session.get_outputs()
        shapes = {each.name: each.shape for each in [*self.session.get_inputs(), *probe]}
        rest = [int(side) for side in shapes[name][1:]]
        return [-1, *rest]

    def create_execution_context(self) -> Any:
        return _Context(self)


class _Context:
    def __init__(self, engine: _Engine) -> None:
        self._engine = engine
        self._addresses: dict[str, int] = {}
        self._shapes: dict[str, tuple[int, ...]] = {}

    def set_tensor_address(self, name: str, address: int) -> bool:
        self._addresses[name] = address
        return True

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        assert 1 <= shape[0] <= self._engine.most
        self._shapes[name] = shape
        return True

    def _at(self, name: str, shape: tuple[int, ...], dtype: Any) -> Any:
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        raw = (ctypes.c_uint8 * size).from_address(self._addresses[name])
        return np.frombuffer(raw, np.uint8).view(dtype).reshape(shape)

    def execute_async_v3(self, stream: int) -> bool:
        assert stream
        given = {
            name: self._at(name, self._shapes[name], tensor.dtype).copy()
            for name, tensor in self._engine.inputs.items()
        }
        names = list(self._engine.outputs)
        for name, found in zip(names, self._engine.session.run(names, given), strict=True):
            self._at(name, found.shape, found.dtype)[...] = found
        return True
