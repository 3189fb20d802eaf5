"""What all commands do alike: a problem is one line on stderr and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn, TextIO

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


def check_name(text: str) -> None:
    """Refuse a name that is no UTF-8: OpenCV crashes on it.

    Raises:
        CommandError: if it is none.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise CommandError(f"{text}: OpenCV takes names in UTF-8 only; rename it") from error


def complain(name: str, message: object) -> None:
    """Print a message as one line on stderr, after the command's name."""
    with suppress(OSError):  # a terminal may be gone
        print(f"{name}: {' '.join(str(message).split())}", file=sys.stderr, flush=True)


def _prepare_output() -> None:
    """Where the shell closed an output (`2>&-`), write to nowhere: Python has None there.

    What an encoding lacks is written as stderr does: a file's name ends no run.
    """
    nowhere = Path(os.devnull)
    sys.stdout = sys.stdout or nowhere.open("w", encoding="utf-8")
    sys.stderr = sys.stderr or nowhere.open("w", encoding="utf-8")
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def say_no_more() -> None:
    """Write to nowhere from now on: whoever read the output has gone."""
    _silence(sys.stdout)
    _silence(sys.stderr)


def _silence(stream: TextIO) -> None:
    """Send what is still to come to nowhere: else Python, at its end, tries again and complains."""
    with suppress(OSError, ValueError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def guarded(name: str, body: Callable[[], int]) -> int:
    """Run a command's body; turn its typed errors into a line on stderr and an exit code.

    A package that is missing is such an error, if an extra of this project brings it.

    Args:
        name: of the command; the message begins with it.
        body: the command; returns its exit code.
    """
    _prepare_output()
    try:
        return _flushed(body)
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


def _flushed(body: Callable[[], int]) -> int:
    """Run a command's body; write what it printed now, while an error can still be told."""
    try:
        return body()
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            _silence(sys.stdout)
            raise
