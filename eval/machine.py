"""Facts about the machine, the installed packages and the code, for whoever reads results later."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import cv2

from tracker.runtime.packages import installed

_PACKAGES = (
    "lowtrack",
    "numpy",
    "opencv-*",
    "onnxruntime*",
    "openvino",
    "tensorrt*",
    "torch",
)


def cores() -> int:
    """Number of cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def machine() -> Mapping[str, str | int]:
    """Describe the hardware and the operating system."""
    return {
        "cpu": _cpu(),
        "cores": cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "gpu": _output(["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]),
    }


def versions() -> Mapping[str, str]:
    """List the versions of Python and of the packages that decide results."""
    found = {"python": platform.python_version(), **installed(*_PACKAGES)}
    if not any(name.startswith("opencv-") for name in found):  # as a system brings it
        found["opencv"] = cv2.__version__
    return found


def commit(source: Path) -> str:
    """Name the commit of the checkout that holds `source`, with + if files were changed since.

    Returns:
        "" where there is no checkout.
    """
    git = ["git", "-C", str(source)]
    revision = _output([*git, "rev-parse", "HEAD"])
    changed = _output([*git, "status", "--porcelain", "--untracked-files=no"])
    return revision + ("+" if revision and changed else "")


def _cpu() -> str:
    """Name the processor."""
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        found = re.search(r"^model name\s*:\s*(.+)$", listing.read_text("utf-8"), re.MULTILINE)
        if found:
            return found[1].strip()
    return platform.processor() or platform.machine()


def _output(command: list[str]) -> str:
    """Run a program and return what it says; "" where it is not installed or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
