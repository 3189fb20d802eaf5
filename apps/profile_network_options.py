"""The options that `profile backbones` and `profile blocks` share."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from apps.command import CommandParser
from apps.model_options import number
from apps.profile_outputs import Outputs, add_output_options, outputs

ENGINES = ("onnx", "openvino", "tensorrt", "eager", "compiled", "recorded")
_LEAST = 32  # pixels: the last stage of a backbone has one cell then


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkOptions:
    """What is the same for everyone in a contest of networks."""

    engine: str
    device: str
    threads: int | None
    size: tuple[int, int]  # of the image, width and height, pixels
    batch: int
    rounds: int
    runs: int  # of a network before it is another's turn
    outputs: Outputs


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    sides = (width, height or width)
    if not all(side.isdecimal() and _LEAST <= int(side) <= 4096 for side in sides):
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a number of pixels nor WIDTHxHEIGHT, from {_LEAST} to 4096"
        )
    return int(sides[0]), int(sides[1])


def add_network_options(parser: CommandParser, *, batch: int, purpose: str) -> None:
    """Add the options to the parser of a command.

    Args:
        parser: of the command.
        batch: the default of `--batch`.
        purpose: of the batch.
    """
    place = parser.add_argument_group("where")
    place.add_argument("--engine", choices=ENGINES, default="onnx", help="default: onnx")
    place.add_argument("--device", default="cpu", help="where it runs (default: cpu)")
    place.add_argument(
        "--threads", type=number(int, 1), metavar="N", help="CPU threads (default: all cores)"
    )
    work = parser.add_argument_group("how much")
    work.add_argument(
        "--size", type=_size, default=(224, 224), metavar="N|WxH", help="image (default: 224)"
    )
    work.add_argument(
        "--batch",
        type=number(int, 1),
        default=batch,
        metavar="N",
        help=f"{purpose} (default: {batch})",
    )
    work.add_argument(
        "--rounds", type=number(int, 1), default=15, metavar="N", help="turns (default: 15)"
    )
    work.add_argument(
        "--runs", type=number(int, 1), default=5, metavar="N", help="runs a turn (default: 5)"
    )
    add_output_options(
        parser,
        csv="the table",
        json="everything, round by round",
        plot="picture: time against MACs",
    )


def network_options(args: argparse.Namespace) -> NetworkOptions:
    """Collect what `add_network_options` added."""
    return NetworkOptions(
        engine=args.engine,
        device=args.device,
        threads=args.threads,
        size=args.size,
        batch=args.batch,
        rounds=args.rounds,
        runs=args.runs,
        outputs=outputs(args),
    )
