"""Energy, where the machine tells: GPUs of NVIDIA in NVML, processors of Intel and AMD in RAPL."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracker.runtime.cuda import gpu_index

_POWERCAP = Path("/sys/class/powercap")


@dataclass(frozen=True, slots=True)
class Meter:
    """Something that counts joules."""

    name: str
    read: Callable[[], float]  # joules since an arbitrary moment


class _Rapl:
    """A processor package's counter, which starts again from zero now and then."""

    def __init__(self, folder: Path) -> None:
        self._counter = folder / "energy_uj"
        self._range = int((folder / "max_energy_range_uj").read_text())
        self._last = int(self._counter.read_text())
        self._total = 0

    def joules(self) -> float:
        now = int(self._counter.read_text())
        self._total += (now - self._last) % (self._range + 1)
        self._last = now
        return self._total / 1e6


def processor_meter(root: Path = _POWERCAP) -> Meter | None:
    """The packages of this machine's processor; None where they tell nothing, or only to root."""
    packages = []
    for folder in sorted(root.glob("intel-rapl:[0-9]")):
        try:
            packages.append(_Rapl(folder))
        except OSError:
            return None  # since 2020 only root may read it: a part of the packages would mislead
    if not packages:
        return None
    return Meter("RAPL, whole processor", lambda: sum(each.joules() for each in packages))


def gpu_meter(index: int) -> Meter | None:
    """The meter of an NVIDIA GPU; None without one, or without the package nvidia-ml-py.

    Args:
        index: CUDA's, among the GPUs that CUDA_VISIBLE_DEVICES leaves.
    """
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
        gpu = _visible_gpu(pynvml, index)
        pynvml.nvmlDeviceGetTotalEnergyConsumption(gpu)
    except (pynvml.NVMLError, LookupError):
        return None
    return Meter("NVML, whole GPU", lambda: pynvml.nvmlDeviceGetTotalEnergyConsumption(gpu) / 1000)


def _visible_gpu(pynvml: Any, index: int) -> Any:
    """NVML's handle of a GPU: it knows nothing of CUDA_VISIBLE_DEVICES, CUDA counts by that."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    which = str(index) if visible is None else visible.split(",")[index].strip()
    if which.isdecimal():
        return pynvml.nvmlDeviceGetHandleByIndex(int(which))
    return pynvml.nvmlDeviceGetHandleByUUID(which)


def meter(device: str) -> Meter | None:
    """The meter of what a network runs on."""
    return gpu_meter(gpu_index(device)) if device.startswith("cuda") else processor_meter()
