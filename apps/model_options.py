"""The options that choose a network, and the network they choose."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from dataclasses import dataclass

import tracker
from apps.command import CommandParser
from apps.follow import Tracker

_TALKERS = ("auto", "compiled", "tensorrt")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """Which network, and where it runs."""

    model: str = "b0"
    engine: str = "onnx"
    device: str = "cpu"
    threads: int | None = None
    precision: str | None = None  # None: the engine's usual one
    full_search: bool = False


def number(kind: type[float], least: float) -> Callable[[str], float]:
    """Return a converter for argparse that takes numbers from `least` on."""

    def convert(text: str) -> float:
        value = kind(text)
        if not least <= value < 1e9:
            raise ValueError(text)
        return value

    convert.__name__ = f"number (at least {least:g})"
    return convert


def add_model_options(parser: CommandParser) -> None:
    """Add `--model`, `--engine`, `--device`, `--threads`, `--precision` and `--full-search`."""
    group = parser.add_argument_group("network")
    group.add_argument("--model", default="b0", help="packaged model, or a folder (default: b0)")
    group.add_argument(
        "--engine",
        default="onnx",
        help="onnx, openvino, tensorrt, eager, compiled, or auto: whichever is the fastest here",
    )
    group.add_argument("--device", default="cpu", help="where it runs (default: cpu)")
    group.add_argument(
        "--threads", type=number(int, 1), metavar="N", help="CPU threads (default: all cores)"
    )
    group.add_argument(
        "--precision", help="fp32, fp16, bf16 or int8 (default: the engine's usual one)"
    )
    group.add_argument(
        "--full-search",
        action="store_true",
        help="look for calm targets in the large search region, too: steadier, and slower",
    )


def model_options(args: argparse.Namespace) -> ModelOptions:
    """Collect what `add_model_options` added."""
    return ModelOptions(
        model=args.model,
        engine=args.engine,
        device=args.device,
        threads=args.threads,
        precision=args.precision,
        full_search=args.full_search,
    )


def hear_engine(options: ModelOptions) -> None:
    """Let engines say on stderr what they pick, or what takes them minutes."""
    log = logging.getLogger("tracker.runtime")
    if options.engine in _TALKERS and not log.handlers:
        log.addHandler(logging.StreamHandler())
        log.setLevel(logging.INFO)


def load_tracker(options: ModelOptions) -> Tracker:
    """Load the network that the user wants.

    Raises:
        TrackerError: if there is no such model, engine or device.
    """
    hear_engine(options)
    return tracker.load(
        options.model,
        engine=options.engine,  # type: ignore[arg-type]  # any text: load names the engines it has
        device=options.device,
        threads=options.threads,
        precision=options.precision,  # type: ignore[arg-type]  # likewise
        full_search=options.full_search,
    )
