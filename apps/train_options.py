"""The command line of `lowtrack train`."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from apps.command import CommandParser
from apps.model_options import number


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What one training run is given."""

    stage: str
    data: Path
    teachers: Path
    out: Path
    network: str
    start: Path | None
    samples: int
    batch: int
    rate: float
    backbone_rate: float
    frozen: int
    frozen_stages: int
    views: int
    validate_every: int
    seed: int
    device: str
    threads: int | None
    workers: int


def _add_run(parser: CommandParser, samples: int) -> None:
    whole = number(int, 1)
    parser.add_argument("--data", type=Path, required=True, help="folder of stills and sequences")
    parser.add_argument("--teachers", type=Path, required=True, help="folder of NanoTrack's ONNX")
    parser.add_argument(
        "--out", type=Path, required=True, help="folder of the run; resumed if begun"
    )
    parser.add_argument("--network", default="b0", help="row of the networks (default: b0)")
    parser.add_argument(
        "--start",
        type=Path,
        help="weights to begin with: a backbone's safetensors, a model folder, or a run's .pt",
    )
    parser.add_argument("--samples", type=whole, default=samples, help=f"default: {samples}")
    parser.add_argument("--batch", type=whole, default=24, help="default: 24")
    parser.add_argument("--rate", type=number(float, 0), default=1e-3, help="default: 1e-3")
    parser.add_argument(
        "--backbone-rate", type=number(float, 0), default=0.2, help="times --rate (default: 0.2)"
    )
    parser.add_argument(
        "--frozen",
        type=number(int, 0),
        default=0,
        help="samples for which the backbone stays as it is (default: 0)",
    )
    parser.add_argument(
        "--frozen-stages",
        type=number(int, 0),
        default=0,
        help="stem and so many stages stay as they are throughout (default: 0)",
    )
    parser.add_argument(
        "--views", type=whole, default=36_000, help="of the head's bank (default: 36000)"
    )
    parser.add_argument("--validate-every", type=whole, default=500, help="steps (default: 500)")
    parser.add_argument("--seed", type=number(int, 0), default=0, help="default: 0")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (default: cpu)")
    parser.add_argument("--threads", type=whole, help="CPU threads (default: all cores)")
    parser.add_argument(
        "--workers", type=whole, default=1, help="processes that share each batch (default: 1)"
    )


def train_parser() -> CommandParser:
    """Make the parser; each command has its own options."""
    parser = CommandParser(prog="lowtrack train", description="Train a tracker.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(commands.add_parser("features", help="stage one: learn a teacher's features"), 60_000)
    _add_run(commands.add_parser("head", help="stage two: learn a teacher's answers"), 500_000)
    _add_run(commands.add_parser("pairs", help="stage three: learn to find templates"), 110_000)
    _add_run(commands.add_parser("presence", help="stage four: is it there at all?"), 12_000)
    plot = commands.add_parser("plot", help="draw a run's log")
    plot.add_argument("run", type=Path, help="folder of the run")
    plot.add_argument("--out", type=Path, help="picture to write (default: RUN/log.png)")
    pack = commands.add_parser("pack", help="make a model folder of a run's best weights")
    pack.add_argument("run", type=Path, help="folder of the run")
    pack.add_argument("target", type=Path, help="folder to write")
    pack.add_argument(
        "--blend",
        nargs=2,
        metavar=("RUN", "SHARE"),
        help="mix a share of the last weights of another run in, of the one that this began with",
    )
    pack.add_argument("--results", type=Path, help="JSON of what was measured, for the card")
    pack.add_argument(
        "--last", action="store_true", help="the last averaged weights, not the best validated"
    )
    return parser


def run_options(args: argparse.Namespace) -> RunOptions:
    """Collect the options of `features` or `pairs`."""
    values = {name: getattr(args, name) for name in RunOptions.__slots__ if name != "stage"}
    return RunOptions(stage=args.command, **values)
