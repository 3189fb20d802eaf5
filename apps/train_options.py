"""The command line of `lowtrack train`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from apps.command import CommandParser
from apps.model_options import number


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What one training run is given; what has a default here is an option of some stages only."""

    stage: str
    data: Path
    teachers: Path = Path()
    held_out: Sequence[str]
    out: Path
    network: str
    start: Path | None
    samples: int
    batch: int
    rate: float
    backbone_rate: float = 1.0
    frozen: int = 0
    frozen_stages: int = 0
    views: int = 0
    validate_every: int
    seed: int
    device: str
    threads: int | None
    workers: int


def _add_run(parser: CommandParser, samples: int) -> None:
    """Add what all stages need."""
    whole = number(int, 1)
    parser.add_argument("--data", type=Path, required=True, help="folder of stills and sequences")
    parser.add_argument(
        "--held-out",
        nargs="+",
        metavar="NAME",
        default=(),
        help="clips that are not learned from: weights are chosen on them (default: what is there "
        "of the twelve that the packaged weights were chosen on)",
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="folder of the run; resumed if begun"
    )
    parser.add_argument(
        "--network", default="b0", help="b0; features takes b1, b1.5, b3 and e1, too (default: b0)"
    )
    parser.add_argument(
        "--start",
        type=Path,
        help="weights to begin with: a backbone's safetensors, a model folder, or a run's best.pt",
    )
    parser.add_argument(
        "--samples",
        type=whole,
        default=samples,
        help=f"shown in all; more make a resumed run longer (default: {samples})",
    )
    parser.add_argument("--batch", type=whole, default=24, help="samples a step (default: 24)")
    parser.add_argument(
        "--rate", type=number(float, 0), default=1e-3, help="highest learning rate (default: 1e-3)"
    )
    parser.add_argument(
        "--validate-every",
        type=whole,
        default=500,
        help="steps between validations (default: 500)",
    )
    parser.add_argument(
        "--seed", type=number(int, 0), default=0, help="of all that is drawn (default: 0)"
    )
    parser.add_argument("--device", default="cpu", help="cpu or cuda (default: cpu)")
    parser.add_argument("--threads", type=whole, help="CPU threads (default: all cores)")
    parser.add_argument(
        "--workers", type=whole, default=1, help="processes that share each batch (default: 1)"
    )


def _add_teachers(parser: CommandParser) -> None:
    parser.add_argument("--teachers", type=Path, required=True, help="folder of NanoTrack's ONNX")


def _add_views(parser: CommandParser) -> None:
    parser.add_argument(
        "--views",
        type=number(int, 1),
        default=36_000,
        help="in the bank of features (default: 36000)",
    )


def _add_frozen(parser: CommandParser) -> None:
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


def _add_backbone_rate(parser: CommandParser) -> None:
    parser.add_argument(
        "--backbone-rate",
        type=number(float, 0),
        default=0.2,
        help="learning rate of the backbone, times --rate (default: 0.2)",
    )


def _add_pack(parser: CommandParser) -> None:
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("target", type=Path, help="folder to write")
    parser.add_argument(
        "--blend",
        nargs=2,
        metavar=("RUN", "SHARE"),
        help="mix a share of the last weights of another run in, of the one that this began with",
    )
    parser.add_argument(
        "--last", action="store_true", help="the last averaged weights, not the best validated"
    )
    parser.add_argument("--results", type=Path, help="JSON of what was measured, for the card")
    parser.add_argument(
        "--data-note", metavar="TEXT", help="what the training pictures are, for the card"
    )
    parser.add_argument(
        "--license",
        metavar="ID",
        default="unspecified",
        help="of the weights, for the card: Apache-2.0, say (default: unspecified)",
    )


def train_parser() -> CommandParser:
    """Make the parser; each command has its own options."""
    parser = CommandParser(prog="lowtrack train", description="Train a tracker.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    features = commands.add_parser("features", help="stage one: learn a teacher's features")
    head = commands.add_parser("head", help="stage two: learn a teacher's answers")
    pairs = commands.add_parser("pairs", help="stage three: learn to find templates")
    presence = commands.add_parser("presence", help="stage four: is it there at all?")
    for stage in (features, head, pairs):
        _add_teachers(stage)
    _add_run(features, 60_000)
    _add_run(head, 500_000)
    _add_run(pairs, 110_000)
    _add_run(presence, 12_000)
    for stage in (features, pairs):
        _add_frozen(stage)
    _add_backbone_rate(pairs)
    _add_views(head)
    plot = commands.add_parser("plot", help="draw a run's log")
    plot.add_argument("run", type=Path, help="folder of the run")
    plot.add_argument("--out", type=Path, help="picture to write (default: RUN/log.png)")
    _add_pack(commands.add_parser("pack", help="make a model folder of a run's weights"))
    return parser


def run_options(args: argparse.Namespace) -> RunOptions:
    """Collect the options of a stage."""
    given = {name: value for name, value in vars(args).items() if name != "command"}
    return RunOptions(stage=args.command, **given)
