"""Processes beside this one, which work on the same run and end with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

import torch.multiprocessing as mp


@contextmanager
def started(count: int, work: Callable[..., None], *given: object) -> Iterator[list[BaseProcess]]:
    """Run `work(rank, *given)` in processes of their own, for the ranks from 1 to `count` - 1."""
    context = mp.get_context("spawn")
    others: list[BaseProcess] = [
        context.Process(target=work, args=(rank, *given), daemon=True) for rank in range(1, count)
    ]
    for other in others:
        other.start()
    try:
        yield others
    finally:
        for other in others:
            other.terminate()
            other.join()
