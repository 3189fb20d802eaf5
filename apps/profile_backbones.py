"""`profile backbones`: parameters, MACs, latency and throughput of LowFormer's variants.

Networks of timm can be measured beside them. Weights are random, nothing is downloaded.
"""

from __future__ import annotations

import argparse
from functools import partial

from apps.command import EXIT_OK, CommandParser
from apps.profile_network_options import add_network_options, network_options
from apps.profile_network_write import measure_and_write


def add_command(commands: argparse._SubParsersAction[CommandParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "backbones", help="LowFormer's variants beside networks of timm", description=__doc__
    )
    parser.set_defaults(action=run_command)
    parser.add_argument(
        "--variants", nargs="+", metavar="NAME", help="of LowFormer (default: all eight)"
    )
    parser.add_argument(
        "--peers", nargs="+", default=[], metavar="NAME", help="networks of timm, if installed"
    )
    parser.add_argument(
        "--part",
        choices=("backbone", "classifier"),
        default="backbone",
        help="backbone: image to the maps of all stages (default); classifier: to 1000 logits",
    )
    add_network_options(parser, batch=8, purpose="images at once, for the throughput")


def run_command(args: argparse.Namespace) -> int:
    """Measure.

    Raises:
        TrackerError: if something cannot be measured or written.
    """
    options = network_options(args)
    from apps.profile_backbones_run import Field, describe, measure, panels

    field = Field(variants=args.variants, peers=args.peers, part=args.part)
    measure_and_write(options, partial(measure, options, field), describe, panels)
    return EXIT_OK
