"""What to say when a command needs a package that the plain installation does not bring."""

from __future__ import annotations

# top-level module -> the extra of this project that brings it
EXTRAS = {
    "matplotlib": "eval",
    "nncf": "int8",
    "onnx": "export",
    "openvino": "openvino",
    "safetensors": "torch",
    "tensorrt": "tensorrt",
    "torch": "torch",
}

_OWN = ("export", "train")  # commands with an extra of that name, which brings all they need


def missing_extra(command: str, error: ModuleNotFoundError) -> str | None:
    """Say what to install for a command; None if no extra would help: a mistake of ours."""
    package = (error.name or "").partition(".")[0]
    if package not in EXTRAS:
        return None
    extra = command if command in _OWN else EXTRAS[package]
    return f"{package} is not installed: pip install 'lowtrack[{extra}]'"
