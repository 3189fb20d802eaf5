"""Networks side by side on one engine: who they are, and what a contest of them comes to."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from apps.profile_contest import Contest, Turn, timed
from apps.profile_engines import Engine, open_engine
from apps.profile_graphs import Run
from apps.profile_network_options import NetworkOptions
from apps.profile_stats import Summary
from apps.progress import Progress
from backbones import count_macs
from tracker.errors import EngineError

_WARM_RUNS = 5  # also what it takes until a compiled network has recorded what it launches


@dataclass(frozen=True, slots=True, eq=False)
class Entrant:
    """A network, and one input of it."""

    name: str
    network: nn.Module
    inputs: Tensor  # (1, C, H, W), float32

    @property
    def parameters(self) -> int:
        """How many numbers are learned."""
        return sum(parameter.numel() for parameter in self.network.parameters())

    def facts(self) -> dict[str, Any]:
        """What does not depend on any machine."""
        macs = count_macs(self.network, self.inputs)
        return {"name": self.name, "parameters": self.parameters, "macs": macs}


def noise(*shape: int) -> Tensor:
    """The same standard normal numbers every time."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


@contextmanager
def seeded() -> Iterator[None]:
    """Networks built inside have the same random weights every time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def open_engines(entrants: Sequence[Entrant], options: NetworkOptions) -> dict[str, Engine]:
    """Every network on the engine that the user wants.

    Raises:
        EngineError: if the engine or the device cannot be used here, or not for one of them.
    """
    engines = {}
    for each in entrants:
        try:
            engines[each.name] = open_engine(each.network, each.inputs, options)
        except torch.onnx.errors.OnnxExporterError as error:
            raise EngineError(
                f"{each.name} cannot be written as an ONNX graph; --engine eager runs it: {error}"
            ) from error
    return engines


def race(
    engines: Mapping[str, Engine],
    inputs: Mapping[str, Tensor],
    *,
    batch: int,
    runs: int,
    rounds: int,
) -> Contest[int]:
    """Warm everyone up, and let them run in turns.

    Args:
        engines: by name.
        inputs: of each, (1, C, H, W).
        batch: how many copies of its input a network gets at once.
        runs: of a network before it is another's turn.
        rounds: turns of each.

    Raises:
        EngineError: if one of them cannot be run: memory is short, or there is no compiler.
    """
    turns: dict[str, Turn[int]] = {}
    for name, engine in engines.items():
        try:
            run = engine.bind(inputs[name].repeat(batch, 1, 1, 1))
            for _ in range(_WARM_RUNS):
                run()
        except Exception as error:  # those of the engines have no common base
            raise EngineError(f"{name} cannot be run, batch {batch}: {error}") from error
        turns[name] = partial(_turn, run)
    contest = Contest(turns)
    with closing(Progress(rounds, sys.stderr, rate="rounds/s")) as progress:
        for done in range(rounds):
            contest.round(runs)
            progress.update(done + 1)
    return contest


def _turn(run: Run, runs: int) -> list[float]:
    return [timed(run) for _ in range(runs)]


def outcome(
    contest: Contest[int], facts: Mapping[str, Any], baseline: str, *, batch: int
) -> dict[str, Any]:
    """What one contestant came to: milliseconds a batch, inputs and MACs a second."""
    name = facts["name"]
    rounds = contest.times[name]
    summary = Summary.of(np.concatenate(rounds))
    per_second = batch * 1000 / summary.median
    return {
        "batch": batch,
        "ms": summary.values(),
        "per_second": round(per_second, 2),
        "gmacs_per_second": round(per_second * facts["macs"] / 1e9, 3),
        "baseline": baseline,
        "ratio": asdict(contest.ratio(name, baseline)),
        "rounds_ms": [round(float(np.median(each)) * 1000, 4) for each in rounds],
    }
