"""The options of `profile tracker`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from apps.command import CommandError, CommandParser
from apps.init_box import add_box_options, chosen_box
from apps.model_options import ModelOptions, add_model_options, model_options, number
from apps.profile_outputs import Outputs, add_output_options, outputs
from eval.peers import PEERS
from tracker import Box


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileOptions:
    """What is to be measured."""

    model: ModelOptions
    source: str | None  # None: a painted clip
    first_box: Box | None
    size: tuple[int, int]  # of the painted clip, pixels
    frames: int  # measured; those that warm up come on top
    block: int  # frames a contestant follows before it is another's turn
    peer: str | None
    peer_weights: Path | None
    targets: int  # followed at once by one more contestant; 1: there is no such
    starts: int  # processes started to time the start; 0: none
    outputs: Outputs


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal() and min(int(width), int(height)) >= 64):
        raise argparse.ArgumentTypeError(f"{text!r} is no WIDTHxHEIGHT of at least 64x64")
    return int(width), int(height)


def add_options(parser: CommandParser) -> None:
    """Add the options to the parser of the command."""
    parser.add_argument(
        "--source", metavar="WHAT", help="video file, folder or pattern of images (else: painted)"
    )
    add_box_options(parser)
    parser.add_argument(
        "--size",
        type=_size,
        default=(1280, 720),
        metavar="WxH",
        help="of the painted clip (default: 1280x720)",
    )
    parser.add_argument(
        "--frames", type=number(int, 1), default=200, metavar="N", help="to measure (default: 200)"
    )
    parser.add_argument(
        "--block", type=number(int, 1), default=20, metavar="N", help="frames a turn (default: 20)"
    )
    add_model_options(parser)
    others = parser.add_argument_group("contestants beside it")
    others.add_argument("--peer", choices=sorted(PEERS), help="one of OpenCV's trackers")
    others.add_argument("--peer-weights", type=Path, metavar="DIR", help="folder of its ONNX files")
    others.add_argument(
        "--targets", type=number(int, 1), default=1, metavar="N", help="also follow N at once"
    )
    others.add_argument(
        "--starts",
        type=number(int, 0),
        default=3,
        metavar="N",
        help="fresh processes to time the start in (default: 3)",
    )
    output = add_output_options(
        parser,
        csv="every frame",
        json="the summary, for --compare",
        plot="picture of steps and frames",
    )
    output.add_argument(
        "--compare",
        nargs=2,
        type=Path,
        metavar=("A.json", "B.json"),
        help="measure nothing: show two runs that --json wrote side by side, and what differs",
    )


def profile_options(args: argparse.Namespace) -> ProfileOptions:
    """Collect what `add_options` added.

    Raises:
        CommandError: if it makes no sense.
    """
    first_box = chosen_box(args)
    if (args.source is None) != (first_box is None):
        raise CommandError("--source and --init-box (or --init-file) go together")
    return ProfileOptions(
        model=model_options(args),
        source=args.source,
        first_box=first_box,
        size=args.size,
        frames=args.frames,
        block=args.block,
        peer=args.peer,
        peer_weights=args.peer_weights,
        targets=args.targets,
        starts=args.starts,
        outputs=outputs(args),
    )
