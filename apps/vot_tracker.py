"""A tracker as the VOT toolkit starts it: `python -m apps.vot_tracker trax b0`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from apps.command import EXIT_OK, CommandParser, guarded
from eval.adapters.vot_folder import serve_folder
from eval.adapters.vot_trax import serve_trax
from eval.contestant import Entry, build

NAME = "lowtrack vot"


def main(argv: list[str] | None = None) -> int:
    """Run the command line; nothing is printed, the toolkit listens."""
    words = list(sys.argv[1:] if argv is None else argv)
    return guarded(NAME, lambda: _main(words))


def _main(words: list[str]) -> int:
    """Speak the protocol that is asked for."""
    parser = CommandParser(NAME, description=__doc__)
    parser.add_argument("protocol", choices=["trax", "folder"], help="how the toolkit asks")
    parser.add_argument("model", help="a packaged model, a folder of weights, or a peer")
    parser.add_argument("--engine", default="onnx", help="inference engine")
    parser.add_argument("--device", default="cpu", help="where it runs")
    parser.add_argument("--precision", help="of the engine (default: its usual one)")
    parser.add_argument("--full-search", action="store_true", help="also for calm targets")
    parser.add_argument("--peer-weights", type=Path, help="folder with the ONNX files of peers")
    options: argparse.Namespace = parser.parse_args(words)
    entry = Entry(
        options.model,
        options.model,
        options.engine,
        options.device,
        options.peer_weights,
        options.precision,
        options.full_search,
    )
    if options.protocol == "trax":
        serve_trax(lambda: build(entry), f"lowtrack-{options.model}")
    else:
        serve_folder(lambda: build(entry), Path.cwd())
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
