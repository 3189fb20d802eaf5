"""`lowtrack COMMAND`: finds the command's module, and imports no other."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import PackageNotFoundError, version

from apps.command import EXIT_BAD_INPUT, EXIT_OK, CommandError, guarded

COMMANDS = {
    "track": "follow one target through a video, a camera, images or a stream",
    "evaluate": "measure trackers on benchmarks",
    "export": "write a network for an inference engine",
    "profile": "measure where the time goes",
    "train": "train a tracker",
    "doctor": "tell what works on this machine",
    "ros2_node": "follow one target as a node of ROS 2",
    "demo": "paint a short clip and follow its target",
}


def usage() -> str:
    """Say which commands there are."""
    lines = [f"  {name:<11}{purpose}" for name, purpose in COMMANDS.items()]
    return "\n".join(
        [
            "usage: lowtrack COMMAND [OPTIONS]",
            "",
            *lines,
            "",
            "COMMAND --help lists a command's options; lowtrack --version tells the version",
        ]
    )


def run_command(name: str, argv: list[str]) -> int:
    """Run one of `COMMANDS`."""
    code: int = importlib.import_module(f"apps.{name}").main(argv)
    return code


def _version() -> str:
    try:
        return version("lowtrack")
    except PackageNotFoundError:
        return "not installed, run from its folder"


def _about(name: str) -> int:
    """Answer what is no command."""
    if name in {"-h", "--help", "help"}:
        print(usage())
    elif name == "--version":
        print(f"lowtrack {_version()}")
    else:
        raise CommandError(f"there is no command {name!r}: choose from {', '.join(COMMANDS)}")
    return EXIT_OK


def main(argv: list[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    if not arguments:
        print(usage(), file=sys.stderr)
        return EXIT_BAD_INPUT
    name, *rest = arguments
    if name in COMMANDS:
        return guarded(f"lowtrack {name}", lambda: run_command(name, rest))
    return guarded("lowtrack", lambda: _about(name))


if __name__ == "__main__":
    sys.exit(main())
