"""Which engines work here, and why the others do not."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tracker import weights
from tracker.errors import EngineError
from tracker.runtime import packages
from tracker.runtime.engines import names
from tracker.runtime.onnx import OnnxRuntime
from tracker.runtime.openvino_graph import has_amx

_TIMEOUT_S = 120  # TensorRT's first builder takes its time
_TENSORRT = """\
from tracker.runtime.cuda import Cuda
from tracker.runtime.tensorrt_build import check, find_flavour
cuda = Cuda()
with cuda.current():
    found = find_flavour()
    check(found)
print(found.name, found.version + ", " + cuda.gpu.name)
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of one engine on this machine."""

    engine: str
    detail: str  # its version, or why it does not work
    devices: tuple[str, ...] = ()  # empty where it does not work
    remedy: str = ""  # what to type, where that would help

    @property
    def works(self) -> bool:
        """Whether it can be used on at least one device."""
        return bool(self.devices)


def probe_all() -> list[Finding]:
    """Look at every engine."""
    return [probe(name) for name in names()]


def probe(engine: str) -> Finding:
    """Look at one engine.

    Raises:
        EngineError: if there is none of that name.
    """
    look: dict[str, Callable[[], Finding]] = {
        "onnx": _onnx,
        "openvino": _openvino,
        "tensorrt": _tensorrt,
        "eager": _eager,
        "compiled": _compiled,
    }
    if engine not in look:
        raise EngineError(f"no engine {engine!r}: there are {', '.join(look)}")
    try:
        return look[engine]()
    except (EngineError, OSError, RuntimeError) as error:  # not installed, or broken
        return Finding(engine, str(error))


def _onnx() -> Finding:
    ort = packages.onnxruntime()
    detail, offered = f"onnxruntime {ort.__version__}", ort.get_available_providers()
    devices = ["cpu"] if "CPUExecutionProvider" in offered else []
    if "CUDAExecutionProvider" in offered:  # which it is without a GPU, too
        try:
            folder = weights.find(weights.available()[0])
            OnnxRuntime(folder, weights.read(folder), device="cuda")
        except EngineError as error:
            detail += f" ({error})"
        else:
            devices.append("cuda")
    return Finding("onnx", detail, tuple(devices))


def _openvino() -> Finding:
    ov = packages.openvino()
    devices = tuple(str(name).lower() for name in ov.Core().available_devices)
    amx = " (bf16 is quick here: this processor has AMX)" if has_amx() else ""
    return Finding("openvino", f"openvino {ov.__version__.split('-')[0]}{amx}", devices)


def _eager() -> Finding:
    torch = packages.torch("PyTorch's engines")
    devices = ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",)
    return Finding("eager", f"torch {torch.__version__}", devices)


def _compiled() -> Finding:
    eager = _eager()
    compiler = os.environ.get("CXX") or next(filter(shutil.which, ("g++", "clang++", "cl")), None)
    triton = importlib.util.find_spec("triton") is not None
    # what Triton makes for a GPU has a small part in C
    c_compiler = os.name == "nt" or "CC" in os.environ or any(map(shutil.which, ("gcc", "clang")))
    ready = {"cpu": compiler is not None, "cuda": triton and c_compiler}
    devices = tuple(name for name in eager.devices if ready[name])
    detail = eager.detail
    if "cuda" in eager.devices and not triton:
        detail += " (on cuda torch.compile needs the package triton, and finds none)"
    if "cuda" in eager.devices and not c_compiler:
        detail += " (on cuda torch.compile needs a C compiler, and finds none)"
    if compiler is None:
        detail += " (on the CPU torch.compile needs a C++ compiler, and finds none)"
    return Finding("compiled", detail, devices, "install g++, or clang++")


def _tensorrt() -> Finding:
    """In a process of its own: without a GPU, some of its versions end the process they are in."""
    places = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
    try:
        done = subprocess.run(
            [sys.executable, "-c", _TENSORRT],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, places))},
        )
    except subprocess.TimeoutExpired:
        return Finding("tensorrt", f"no answer within {_TIMEOUT_S} s")
    if done.returncode == 0:
        return Finding("tensorrt", done.stdout.strip(), ("cuda",))
    last = (done.stderr.strip().splitlines() or [f"its process ended with {done.returncode}"])[-1]
    reason = last.removeprefix("tracker.errors.EngineError: ")
    missing = "cannot be imported" in reason
    return Finding("tensorrt", reason, remedy="pip install 'lowtrack[tensorrt]'" if missing else "")
