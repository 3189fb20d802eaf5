"""`profile blocks`: building blocks of equal MACs, and the time that each takes."""

from __future__ import annotations

import argparse
from functools import partial

from apps.command import EXIT_OK, CommandError, CommandParser
from apps.profile_network_options import NetworkOptions, add_network_options, network_options
from apps.profile_network_write import measure_and_write

_COARSEST = 32  # pixels a cell in the last stage


def add_command(commands: argparse._SubParsersAction[CommandParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "blocks", help="building blocks at equal MACs: MACs are not time", description=__doc__
    )
    parser.set_defaults(action=run_command)
    parser.add_argument(
        "--stages",
        nargs="+",
        type=int,
        choices=(1, 2, 3, 4),
        default=[1, 2, 3, 4],
        metavar="N",
        help="whose maps they run on, from early to late (default: 1 2 3 4)",
    )
    add_network_options(parser, batch=1, purpose="inputs at once")


def run_command(args: argparse.Namespace) -> int:
    """Measure.

    Raises:
        TrackerError: if something cannot be measured or written.
    """
    options = network_options(args)
    _check_size(options)
    from apps.profile_blocks_run import describe, measure, panels

    stages = sorted(set(args.stages))
    measure_and_write(options, partial(measure, options, stages), describe, panels)
    return EXIT_OK


def _check_size(options: NetworkOptions) -> None:
    width, height = options.size
    if width % _COARSEST or height % _COARSEST:
        raise CommandError(
            f"--size is {width}x{height}, but only in images whose sides are multiples of "
            f"{_COARSEST} do all stages take equal MACs"
        )
