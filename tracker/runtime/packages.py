"""Packages that engines need: imported when they are asked for, and silent towards their makers."""

from __future__ import annotations

import fnmatch
import importlib
import os
import sys
from importlib import metadata
from typing import Any

from tracker.errors import EngineError


def onnxruntime() -> Any:
    """ONNX Runtime; raises EngineError as `engine_package` does."""
    return engine_package("onnxruntime", "the engine 'onnx'", "pip install onnxruntime")


def openvino() -> Any:
    """OpenVINO; raises EngineError as `engine_package` does."""
    return engine_package("openvino", "the engine 'openvino'", "pip install 'lowtrack[openvino]'")


def torch(whose: str) -> Any:
    """PyTorch, with what reads weights for it; raises EngineError as `engine_package` does."""
    found, _ = (
        engine_package(name, whose, "pip install 'lowtrack[torch]'")
        for name in ("torch", "safetensors")
    )
    return found


def installed(*wanted: str) -> dict[str, str]:
    """The versions of packages that are installed.

    Args:
        wanted: their names; one that ends in "*" stands for those that vendors vary.
    """
    there = {
        found.name.lower().replace("_", "-"): found.version
        for found in metadata.distributions()
        if found.name  # what an interrupted installation left has none
    }
    return {name: there[name] for each in wanted for name in fnmatch.filter(sorted(there), each)}


def engine_package(name: str, whose: str, remedy: str) -> Any:
    """Import a package.

    ONNX Runtime and OpenVINO would tell their makers, over the network, that they are used; they
    are kept from it, if they were not imported before.

    Args:
        name: of its module.
        whose: what needs it.
        remedy: what to type where it is not installed.

    Raises:
        EngineError: if it is not installed, or cannot be imported.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # "there is none"
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise EngineError(f"{whose} needs {error.name}: {remedy}") from error
    except (ImportError, OSError, RuntimeError) as error:  # a library that it needs, mostly
        raise EngineError(f"{whose}: {name} cannot be imported: {error}") from error
