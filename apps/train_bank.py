"""The bank that stage two learns from: filled in parts, by as many processes as there are workers.

What is in a part does not depend on who fills it, so neither does the bank. Parts outlive a run
that is broken off.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

import torch

from apps.train_helpers import started
from apps.train_options import RunOptions
from tracker.model.network import TrackingNetwork
from tracker.training import bank, corpus
from tracker.training.bank import BATCH, Bank
from tracker.training.corpus import Corpus
from tracker.training.head_stage import VERSION
from tracker.training.stages import StageConfig
from tracker.training.teacher import NanoTrack
from tracker.training.team import TeamError

Parts = dict[Path, range]

_STEPS = 50  # in a part: half a minute's work


def load_or_fill(options: RunOptions, network: TrackingNetwork, pictures: Corpus) -> Bank:
    """The bank of a run; what is not there yet is computed.

    Args:
        options: of the run.
        network: whose backbone computes the features.
        pictures: where views are cut from.

    Raises:
        TrackerError: if a file cannot be read, or another process has ended.
    """
    whole, device = options.out / "bank.safetensors", pictures.images.device
    if not whole.exists():
        parts = _parts(options)
        with started(options.workers, _help, options, parts, network) as helpers:
            _fill(0, options, parts, network, pictures)
            _wait(helpers)
        bank.save(whole, bank.load(list(parts), device))
        for part in parts:
            part.unlink()
    return bank.load([whole], device)


def _parts(options: RunOptions) -> Parts:
    """Which steps of the bank go into which file."""
    steps = range(-(-options.views // BATCH))
    chunks = (steps[first : first + _STEPS] for first in steps[::_STEPS])
    return {options.out / f"bank.{chunk.start:05d}.safetensors": chunk for chunk in chunks}


def _fill(
    rank: int, options: RunOptions, parts: Parts, network: TrackingNetwork, pictures: Corpus
) -> None:
    """Fill what is missing of one worker's parts; the first worker says how many there are."""
    teacher = NanoTrack(options.teachers, VERSION, pictures.images.device)
    for path in list(parts)[rank :: options.workers]:
        if not path.exists():
            views = bank.fill(
                network, teacher, pictures, StageConfig(), seed=options.seed, steps=parts[path]
            )
            bank.save(path, views)
        if rank == 0:
            done = sum(len(steps) for part, steps in parts.items() if part.exists()) * BATCH
            print(f"bank: {done} of {options.views} views", file=sys.stderr, flush=True)


def _help(rank: int, options: RunOptions, parts: Parts, network: TrackingNetwork) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first worker ends the others
    if options.threads:
        torch.set_num_threads(options.threads)
    pictures = corpus.load(
        options.data, without=frozenset(options.held_out), device=torch.device(options.device)
    )
    _fill(rank, options, parts, network, pictures)


def _wait(helpers: Sequence[BaseProcess]) -> None:
    for helper in helpers:
        helper.join()
        if helper.exitcode:
            raise TeamError("another process that fills the bank has ended; start again to go on")
