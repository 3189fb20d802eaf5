"""What to say when a command needs a package that the plain installation does not bring."""

from __future__ import annotations

from apps.command import CommandError

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


def missing_extra(command: str, error: ModuleNotFoundError) -> CommandError:
    """The error to raise in place of `error`.

    Raises:
        ModuleNotFoundError: `error` itself, if no extra would help: a mistake of ours.
    """
    package = (error.name or "").partition(".")[0]
    if package not in EXTRAS:
        raise error
    extra = command if command in _OWN else EXTRAS[package]
    return CommandError(
        f"{command} needs {package}, which is not installed: pip install 'lowtrack[{extra}]'"
    )
