"""One training run, from options to a folder of checkpoints and a log."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from apps.command import CommandError
from apps.train_options import RunOptions
from backbones.convert import load_backbone
from backbones.errors import BackboneError
from tracker.model.network import NETWORKS, TrackingNetwork
from tracker.runtime.eager import place
from tracker.training import checkpoint, corpus, loop, validation
from tracker.training.corpus import Corpus
from tracker.training.stages import FeatureStage, PairStage, Stage, StageConfig
from tracker.weights import digest

RECORD = "run.json"
_SHOWN = frozenset({"loss", "score", "box", "features", "iou", "stranger"})


def train_run(options: RunOptions) -> None:
    """Begin the run in `options.out`, or go on with it.

    Raises:
        TrackerError: if data, teachers, weights, device or an earlier run in `out` do not fit.
    """
    if options.network not in NETWORKS:
        raise CommandError(f"no network {options.network!r}: choose from {', '.join(NETWORKS)}")
    device = place(options.device)
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    pictures = corpus.load(options.data, without=validation.HELD_OUT, device=device)
    network = TrackingNetwork(NETWORKS[options.network])
    _record(options, pictures)
    if options.start:
        _start(network, options.start)
    network = network.to(device)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in its stubs
    kind = FeatureStage if options.stage == "features" else PairStage
    stage = kind(network, pictures, options.teachers, StageConfig()).to(device)
    config = loop.LoopConfig(
        samples=options.samples,
        batch=options.batch,
        rate=options.rate,
        backbone_rate=1.0 if options.stage == "features" else options.backbone_rate,
        frozen=options.frozen,
        frozen_stages=options.frozen_stages,
        validate_every=options.validate_every,
        seed=options.seed,
    )
    _follow(stage, config, options)


def _follow(stage: Stage, config: loop.LoopConfig, options: RunOptions) -> None:
    def validate(network: TrackingNetwork) -> loop.Report:
        return stage.validate(network, options.data)

    for report in loop.train(stage, config, options.out, validate=validate):
        live = sys.stderr.isatty()
        print(
            f"\r{_line(report)}\x1b[K" if live else _line(report),
            end="" if live and not any(name.startswith("valid") for name in report) else "\n",
            file=sys.stderr,
            flush=True,
        )


def _line(report: loop.Report) -> str:
    share = report["step"] / report["steps"]
    bar = ("#" * round(20 * share)).ljust(20, ".")
    minutes, seconds = divmod(round(report["left_s"]), 60)
    shown = [n for n in report if n in _SHOWN or n.startswith("valid_")]
    values = "  ".join(f"{name} {report[name]:.3f}" for name in shown)
    return (
        f"[{bar}] {report['samples']:.0f}  {report['samples_per_s']:.0f}/s  "
        f"{minutes}:{seconds:02d} left  {values}"
    )


def _start(network: TrackingNetwork, path: Path) -> None:
    """Begin with a backbone in the authors' names, or with the network of an earlier run."""
    if path.suffix == ".pt":
        state = checkpoint.load(path, torch.device("cpu"))
        network.load_state_dict(state["network"])
        return
    try:
        load_backbone(network.backbone, path)
    except BackboneError as error:
        raise CommandError(str(error)) from error


def _record(options: RunOptions, pictures: Corpus) -> None:
    """Write down what the run is made of; refuse to go on with another one."""
    record: dict[str, Any] = {
        "stage": options.stage,
        "network": options.network,
        "start": _named(options.start) if options.start else "random",
        "teachers": [_named(path) for path in sorted(options.teachers.glob("*.onnx"))],
        "clips": len(pictures.clips),
        "stills": len(pictures.stills),
        "plain_stills": len(pictures.plain),
        "held_out": sorted(validation.HELD_OUT),
        "stage_config": asdict(StageConfig()),
    }
    path = options.out / RECORD
    if path.exists():
        before = json.loads(path.read_text(encoding="utf-8"))
        now = json.loads(json.dumps(record))
        if changed := [name for name in now if now[name] != before.get(name)]:
            raise CommandError(
                f"{options.out} was begun with other {', '.join(changed)}: see {path}; "
                f"choose another --out"
            )
        return
    options.out.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _named(path: Path) -> str:
    return f"{path.name} sha256 {digest(path)[:16]}"
