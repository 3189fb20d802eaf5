"""Which file of a model's folder holds which graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, TypeVar, get_args

from tracker.config import TrackingConfig
from tracker.errors import EngineError

Precision = Literal["fp32", "fp16", "bf16", "int8"]
Kind = Literal["onnx", "openvino"]  # what writes and reads the quantised graph
Part = Literal["encode", "match", "near"]
_Made = TypeVar("_Made")


def matching(config: TrackingConfig) -> dict[int, Part]:
    """Which graph matches in search crops of which size, pixels."""
    parts: dict[int, Part] = {config.search_size: "match"}
    if config.near.size:
        parts[config.near.size] = "near"
    return parts


def check_size(size: int, known: Iterable[int], what: str = "search crops") -> None:
    """Raise EngineError if crops of `size` pixels are not of the sizes `known`."""
    if size not in known:
        sizes = " and ".join(map(str, known))
        raise EngineError(f"{what} of this model have {sizes} pixels a side, got {size}")


def of_size(made: Mapping[int, _Made], size: int) -> _Made:
    """What was made for search crops of `size` pixels; raises EngineError as `check_size` does."""
    check_size(size, made)
    return made[size]


def checked(precision: str, engine: str, known: tuple[Precision, ...]) -> Precision:
    """`precision`, if `engine` has it.

    Raises:
        EngineError: if it has not.
    """
    for each in known:
        if each == precision:
            return each
    raise EngineError(
        f"the engine {engine!r} has no precision {precision!r}; it has {', '.join(known)}"
        if precision in get_args(Precision)
        else f"no precision {precision!r}: there are {', '.join(get_args(Precision))}"
    )


def graph_name(part: Part, precision: Precision, kind: Kind = "onnx") -> str:
    """The name of a graph's file.

    In "int8" `encode` is not quantised: it runs once a target, and its errors would stay. "bf16" is
    computed with the graphs of "fp32".
    """
    if precision in ("fp32", "bf16") or (precision == "int8" and part == "encode"):
        return f"{part}.onnx"
    return f"{part}.{precision}.{'xml' if kind == 'openvino' else 'onnx'}"


def find_graph(folder: Path, part: Part, precision: Precision, kind: Kind = "onnx") -> Path:
    """The file of a graph.

    Raises:
        EngineError: if the model has no graph of this precision.
    """
    path = folder / graph_name(part, precision, kind)
    if path.is_file() or path.name == graph_name(part, "fp32"):
        return path
    other: Kind = "onnx" if kind == "openvino" else "openvino"
    if (folder / graph_name(part, precision, other)).is_file():
        raise EngineError(
            f"the model in {folder} has {precision} for the engine {other!r} alone; "
            f"'lowtrack export' writes {path.name}"
        )
    clips = " --calibration CLIPS --clips CLIPS" if precision == "int8" else ""
    raise EngineError(
        f"the model in {folder} has no {path.name}: "
        f"'lowtrack export MODEL --out FOLDER --{precision}{clips}' writes one with it"
    )
