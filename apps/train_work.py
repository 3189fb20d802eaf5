"""The work of one process of a training run."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from apps.train_bank import load_or_fill
from apps.train_helpers import started
from apps.train_options import RunOptions
from apps.train_start import begin, begin_projectors
from tracker.model.network import NETWORKS, TrackingNetwork
from tracker.training import corpus, loop, teacher, team, validation
from tracker.training.corpus import Corpus
from tracker.training.head_stage import HeadStage
from tracker.training.loop import ALL_STAGES, LoopConfig, Report
from tracker.training.pair_stage import PairStage
from tracker.training.presence_stage import PresenceStage
from tracker.training.stages import FeatureStage, Stage, StageConfig
from tracker.training.teacher import Teachers
from tracker.training.team import Team

KINDS: dict[str, type[Stage]] = {
    "features": FeatureStage,
    "head": HeadStage,
    "pairs": PairStage,
    "presence": PresenceStage,
}
_HEADS_ONLY = frozenset({"head", "presence"})  # stages in which the backbone stays as it is


def beginning(options: RunOptions) -> tuple[TrackingNetwork, Teachers]:
    """The network with the weights it begins with, and its teachers; the same in each process.

    Raises:
        TrackerError: if teachers or weights do not fit.
    """
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    device = torch.device(options.device)
    network = TrackingNetwork(NETWORKS[options.network])
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in its stubs
    network = network.to(device)
    if options.start:
        begin(options.start, network, whole=options.stage != "features")
    return network, teacher.load(options.teachers, KINDS[options.stage].versions, device)


def prepare(
    options: RunOptions, pictures: Corpus, network: TrackingNetwork, teachers: Teachers
) -> Stage:
    """The stage that is to be learned, of what `beginning` gave.

    Raises:
        TrackerError: if its bank or its projectors do not fit.
    """
    stage = _stage(options, pictures, network, teachers).to(options.device)
    if options.start:
        begin_projectors(options.start, stage.projectors)
    return stage


def _stage(
    options: RunOptions, pictures: Corpus, network: TrackingNetwork, teachers: Teachers
) -> Stage:
    config = StageConfig()
    if options.stage == "features":
        return FeatureStage(network, pictures, teachers, config)
    if options.stage == "head":
        bank = load_or_fill(options, network, pictures)
        return HeadStage(network, pictures, teachers, config, bank)
    if options.stage == "pairs":
        return PairStage(network, pictures, teachers, config)
    return PresenceStage(network, pictures, config)


def loop_config(options: RunOptions) -> LoopConfig:
    """How a run's stage is optimised."""
    return LoopConfig(
        samples=options.samples,
        batch=options.batch,
        rate=options.rate,
        backbone_rate=options.backbone_rate,
        frozen=options.frozen,
        frozen_stages=ALL_STAGES if options.stage in _HEADS_ONLY else options.frozen_stages,
        validate_every=options.validate_every,
        seed=options.seed,
    )


def learn(stage: Stage, options: RunOptions, members: Team) -> Iterator[Report]:
    """Train `stage` as one of a team."""
    clips = validation.held_out(options.data, options.held_out)

    def validate(network: TrackingNetwork) -> Report:
        return stage.validate(network, clips)

    return loop.train(stage, loop_config(options), options.out, validate=validate, team=members)


@contextmanager
def helpers(options: RunOptions, meeting: Path) -> Iterator[Team]:
    """All other members of a team, as processes; gives the leader's place in it."""
    try:
        with started(options.workers, _help, options, meeting):
            yield team.join(0, options.workers, meeting)
    finally:
        team.leave()


def _help(rank: int, options: RunOptions, meeting: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the leader ends the others
    pictures = corpus.load(
        options.data, without=frozenset(options.held_out), device=torch.device(options.device)
    )
    stage = prepare(options, pictures, *beginning(options))
    for _ in learn(stage, options, team.join(rank, options.workers, meeting)):
        pass
