"""What all commands do alike: a problem is one line on stderr and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from apps.extras import missing_extra
from tracker import TrackerError

EXIT_OK = 0
EXIT_BAD_INPUT = 2  # an argument, a file or an installation that cannot be used
EXIT_BROKE_OFF = 3  # the source ended too early; what was found until then is kept
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells count
EXIT_NO_READER = 141  # 128 + SIGPIPE, likewise


class CommandError(TrackerError):
    """A command cannot do what it was asked to do."""


class CommandParser(argparse.ArgumentParser):
    """An argument parser whose complaint is an error like any other; options are not shortened."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # argparse makes the parsers of subcommands with whatever arguments it likes
        super().__init__(*args, **kwargs)
        self.allow_abbrev = False

    def error(self, message: str) -> NoReturn:
        """Turn argparse's complaint into a `CommandError`."""
        raise CommandError(f"{message} (--help lists the options)")


def complain(name: str, message: object) -> None:
    """Print a message as one line on stderr, after the command's name."""
    with suppress(OSError):  # a terminal may be gone
        print(f"{name}: {' '.join(str(message).split())}", file=sys.stderr, flush=True)


def say_no_more() -> None:
    """Write to nowhere from now on: whoever read the standard output has gone.

    Else Python, at its end, would try again to write what is left, and complain.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def guarded(name: str, body: Callable[[], int]) -> int:
    """Run a command's body; turn its typed errors into a line on stderr and an exit code.

    A package that is missing is such an error, if an extra of this project brings it.

    Args:
        name: of the command; the message begins with it.
        body: the command; returns its exit code.
    """
    try:
        return body()
    except TrackerError as error:
        complain(name, error)
        return EXIT_BAD_INPUT
    except ModuleNotFoundError as error:
        advice = missing_extra(name.rpartition(" ")[2], error)
        if advice is None:
            raise
        complain(name, advice)
        return EXIT_BAD_INPUT
    except BrokenPipeError:  # `| head` has enough
        say_no_more()
        return EXIT_NO_READER
    except OSError as error:
        complain(name, f"{error.filename or 'input or output'}: {error.strerror or error}")
        return EXIT_BAD_INPUT
    except KeyboardInterrupt:
        complain(name, "interrupted")
        return EXIT_INTERRUPTED
