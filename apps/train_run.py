"""One training run, from options to a folder of checkpoints and a log."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from apps.command import CommandError
from apps.train_options import RunOptions
from apps.train_start import named
from apps.train_work import KINDS, helpers, learn, loop_config, prepare
from tracker.model.network import NETWORKS, NetworkConfig
from tracker.runtime.eager import place
from tracker.training import corpus, teacher, validation
from tracker.training.corpus import Corpus
from tracker.training.loop import Report
from tracker.training.stages import Stage, StageConfig
from tracker.training.team import Team

RECORD = "run.json"
_SHOWN = frozenset({"loss", "score", "box", "features", "presence", "iou", "right", "stranger"})


def train_run(options: RunOptions) -> None:
    """Begin the run in `options.out`, or go on with it.

    Raises:
        TrackerError: if data, teachers, weights, device or an earlier run in `out` do not fit.
    """
    _check_network(options)
    if options.batch % options.workers:
        raise CommandError(f"--batch {options.batch} is no multiple of --workers {options.workers}")
    device = place(options.device)
    pictures = corpus.load(options.data, without=validation.HELD_OUT, device=device)
    _record(options, pictures)
    stage = prepare(options, pictures)
    if options.workers == 1:
        _follow(stage, options, Team())
        return
    with TemporaryDirectory() as folder, helpers(options, Path(folder) / "meeting") as team:
        _follow(stage, options, team)


def _check_network(options: RunOptions) -> None:
    if options.network not in NETWORKS:
        raise CommandError(f"no network {options.network!r}: choose from {', '.join(NETWORKS)}")
    if options.stage != "features" and not _like_teachers(NETWORKS[options.network]):
        fit = [name for name, config in NETWORKS.items() if _like_teachers(config)]
        raise CommandError(
            f"--network {options.network} can learn a teacher's features only: its crops or its "
            f"head are not like a teacher's; for `{options.stage}` choose {' or '.join(fit)}"
        )


def _like_teachers(config: NetworkConfig) -> bool:
    """Whether a network sees crops as the teachers' heads do, and has a head like theirs."""
    crops = config.template_size, config.search_size
    return crops == (128, 256) and config.third_stage == "apart" and config.head == "separable"


def _follow(stage: Stage, options: RunOptions, team: Team) -> None:
    for report in learn(stage, options, team):
        live = sys.stderr.isatty()
        print(
            f"\r{_line(report)}\x1b[K" if live else _line(report),
            end="" if live and not any(name.startswith("valid") for name in report) else "\n",
            file=sys.stderr,
            flush=True,
        )


def _line(report: Report) -> str:
    share = report["step"] / report["steps"]
    bar = ("#" * round(20 * share)).ljust(20, ".")
    minutes, seconds = divmod(round(report["left_s"]), 60)
    shown = [n for n in report if n in _SHOWN or n.startswith("valid_")]
    values = "  ".join(f"{name} {report[name]:.3f}" for name in shown)
    return (
        f"[{bar}] {report['samples']:.0f}  {report['samples_per_s']:.0f}/s  "
        f"{minutes}:{seconds:02d} left  {values}"
    )


def _record(options: RunOptions, pictures: Corpus) -> None:
    """Write down what the run is made of; refuse to go on with another one."""
    record: dict[str, Any] = {
        "stage": options.stage,
        "network": options.network,
        "start": named(options.start) if options.start else "random",
        "teachers": [
            named(path)
            for version in KINDS[options.stage].versions
            for path in teacher.files(options.teachers, version)
        ],
        "data": pictures.sha256,
        "clips": len(pictures.clips),
        "stills": len(pictures.stills),
        "plain_stills": len(pictures.plain),
        "held_out": [folder.name for folder in validation.held_out(options.data)],
        "stage_config": asdict(StageConfig()),
        **loop_config(options).lasting,
        "workers": options.workers,
    }
    if options.stage == "head":
        record["views"] = options.views
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
