"""Processes beside this one, which work on the same run and end with it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import NoReturn

import torch.multiprocessing as mp


@contextmanager
def started(count: int, work: Callable[..., None], *given: object) -> Iterator[list[BaseProcess]]:
    """Run `work(rank, *given)` in processes of their own, for the ranks from 1 to `count` - 1."""
    context = mp.get_context("spawn")
    others: list[BaseProcess] = [
        context.Process(target=work, args=(rank, *given), daemon=True) for rank in range(1, count)
    ]
    former = signal.signal(signal.SIGTERM, _end)
    try:
        for other in others:
            other.start()
        yield others
    finally:
        for other in others:
            if other.pid is not None:
                other.terminate()
                other.join()
        signal.signal(signal.SIGTERM, former)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    """End as a termination does, but not before the others are ended, too."""
    sys.exit(128 + number)
