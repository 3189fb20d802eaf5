"""Optimise a stage, and survive being killed: `train` is called again and goes on."""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.optim import AdamW
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from tracker.errors import TrackerError
from tracker.model.network import TrackingNetwork
from tracker.training import checkpoint
from tracker.training.stages import Stage
from tracker.training.team import Team

Report = dict[str, float]

ALL_STAGES = 3  # of the backbone

_ALONE = Team()
_FREE = frozenset({"samples", "report_every", "validate_every", "save_every"})  # when resuming


class DivergedError(TrackerError):
    """The training left the finite numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopConfig:
    """How a stage is optimised."""

    samples: int  # in all; more on resuming makes the run longer
    batch: int = 24
    rate: float = 1e-3  # of AdamW, for everything but the backbone
    backbone_rate: float = 0.2  # times `rate`
    frozen: int = 0  # samples for which the backbone stays as it is
    frozen_stages: int = 0  # stem and so many stages stay as they are throughout
    warmup: int = 4000  # samples of rising rate
    cooldown: float = 0.35  # share of the samples, at the end, of falling rate
    decay: float = 1e-2  # weight decay
    clip: float = 2.0  # gradient norm
    average: float = 0.998  # of the exponential moving average of weights, a step
    seed: int = 0
    report_every: int = 20  # steps
    validate_every: int = 500  # steps
    save_every: int = 100  # steps, a multiple of `report_every`

    @property
    def lasting(self) -> dict[str, float]:
        """What must stay as it is when a run goes on: all that changes what a step does."""
        return {name: value for name, value in asdict(self).items() if name not in _FREE}


def train(
    stage: Stage,
    config: LoopConfig,
    folder: Path,
    *,
    validate: Callable[[TrackingNetwork], Report],
    team: Team = _ALONE,
) -> Iterator[Report]:
    """Run or resume the training kept in `folder`; yields a report every few steps.

    Files: `last.pt` (to resume), `best.pt` (averaged network of the best validation), `log.csv`.
    Of a team, the leader alone writes them and yields.

    Raises:
        CheckpointError: if the run there was begun with another `config.lasting` or network, or
            its file is damaged.
        DivergedError: if loss or gradient is not finite.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run = _Run(stage, config, folder, team)
    steps = -(-config.samples // config.batch)
    clock = time.monotonic()
    values: list[dict[str, Tensor]] = []  # on the device, so that it never waits for the host
    while run.step < steps:
        values.append(run.advance(steps))
        if not team.leads:
            values.clear()
            continue
        last = run.step == steps
        reports = last or run.step % config.report_every == 0
        judges = last or run.step % config.validate_every == 0
        if not (reports or judges):
            continue
        means = run.means(values)
        if judges:
            run.judge(validate)
        if reports:
            elapsed, clock = time.monotonic() - clock, time.monotonic()
            report = run.report(means, len(values), elapsed, steps)
            values = []
            if last or run.step % config.save_every == 0:
                run.save()
            yield report


class _Run:
    """Network, optimiser, average and log of one run."""

    def __init__(self, stage: Stage, config: LoopConfig, folder: Path, team: Team) -> None:
        self.stage = stage
        self.team = team
        self.config = config
        self.folder = folder
        self.device = stage.corpus.images.device
        backbone = list(stage.network.backbone.parameters())
        inside = {id(p) for p in backbone}
        others = [p for p in stage.parameters() if id(p) not in inside]
        self.optimizer = AdamW(
            [{"params": others, "scale": 1.0}, {"params": backbone, "scale": config.backbone_rate}],
            lr=config.rate,
            weight_decay=config.decay,
        )
        self.average = AveragedModel(
            stage.network,
            multi_avg_fn=get_ema_multi_avg_fn(config.average),  # type: ignore[no-untyped-call]
        )
        self.step = 0
        self.best = -1.0
        self.judged: Report = {}
        if (folder / "last.pt").exists():
            self._resume()

    def advance(self, steps: int) -> dict[str, Tensor]:
        config, stage = self.config, self.stage
        seen = self.step * config.batch
        _modes(stage, ALL_STAGES if seen < config.frozen else config.frozen_stages)
        scale = _schedule(seen, steps * config.batch, config)
        for group in self.optimizer.param_groups:
            group["lr"] = config.rate * group["scale"] * scale
        with torch.autocast(self.device.type, torch.bfloat16):
            loss, metrics = stage.loss(
                self.step * self.team.size + self.team.rank,
                config.seed,
                config.batch // self.team.size,
            )
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.team.average(stage.parameters())
        norm = nn.utils.clip_grad_norm_(stage.parameters(), config.clip)
        self.optimizer.step()
        self.average.update_parameters(stage.network)
        self.step += 1
        return {"loss": loss.detach(), "norm": norm, **metrics}

    def means(self, values: list[dict[str, Tensor]]) -> Report:
        """The means of several steps' values.

        Raises:
            DivergedError: if one is not finite; what was saved is from before.
        """
        means = {name: float(torch.stack([v[name] for v in values]).mean()) for name in values[0]}
        if not all(map(math.isfinite, means.values())):
            raise DivergedError(
                f"loss or gradient is not finite before step {self.step}: {means}; begin another "
                f"run with a rate below {self.config.rate}"
            )
        return means

    def judge(self, validate: Callable[[TrackingNetwork], Report]) -> None:
        network = self.averaged()
        self.judged = validate(network)
        if self.judged["score"] > self.best:
            self.best = self.judged["score"]
            state = {
                "network": network.state_dict(),
                "projectors": self.stage.projectors.state_dict(),
                "step": self.step,
                **self.judged,
            }
            checkpoint.save(self.folder / "best.pt", state)

    def averaged(self) -> TrackingNetwork:
        """The averaged weights, with the running statistics as they are."""
        network = cast(TrackingNetwork, self.average.module)
        theirs = dict(self.stage.network.named_buffers())
        for name, buffer in network.named_buffers():
            buffer.copy_(theirs[name])
        return network.eval()

    def save(self) -> None:
        state = {
            "step": self.step,
            "best": self.best,
            "config": asdict(self.config),
            "stage": self.stage.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        checkpoint.save(self.folder / "last.pt", state)

    def _resume(self) -> None:
        path = self.folder / "last.pt"
        state = checkpoint.load(path, self.device)
        try:
            checkpoint.same(path, state["config"], self.config.lasting)
            self.stage.load_state_dict(state["stage"])
            self.average.load_state_dict(state["average"])
            self.step, self.best, optimizer = (state[n] for n in ("step", "best", "optimizer"))
        except (KeyError, RuntimeError) as error:
            raise checkpoint.CheckpointError(
                f"{path} is of another network, or not there to go on with: choose another folder "
                f"(--out)"
            ) from error
        self.optimizer.load_state_dict(optimizer)

    def report(self, means: Report, counted: int, elapsed: float, steps: int) -> Report:
        rate = counted * self.config.batch / max(elapsed, 1e-9)
        report = {
            "step": float(self.step),
            "steps": float(steps),
            "samples": float(self.step * self.config.batch),
            "samples_per_s": rate,
            "left_s": (steps - self.step) * self.config.batch / rate,
            **means,
            **{f"valid_{name}": value for name, value in self.judged.items()},
        }
        self.judged = {}
        path = self.folder / "log.csv"
        fresh = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(["step", "name", "value"])
            writer.writerows([self.step, name, f"{value:.6g}"] for name, value in report.items())
        return report


def _modes(stage: Stage, frozen_stages: int) -> None:
    """Everything learns but the backbone's running statistics: batches are too small for them."""
    stage.train()
    backbone = stage.network.backbone.eval()
    backbone.stem.requires_grad_(frozen_stages == 0)
    for number, part in enumerate(backbone.stages):
        part.requires_grad_(number >= frozen_stages)


def _schedule(seen: int, samples: int, config: LoopConfig) -> float:
    """Rise, stay, fall; in [0, 1]."""
    rise = min(1.0, (seen + config.batch) / max(config.warmup, 1))
    left = (samples - seen) / max(config.cooldown * samples, 1)
    return min(rise, 1.0, left)
