"""One training run, from options to a folder of checkpoints and a log."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from apps.command import CommandError
from apps.train_options import RunOptions
from apps.train_record import check, check_start, describe, keep
from apps.train_work import beginning, helpers, learn, prepare
from tracker.model.network import NETWORKS, NetworkConfig
from tracker.runtime.eager import place
from tracker.training import corpus, validation
from tracker.training.loop import Report
from tracker.training.stages import Stage
from tracker.training.team import Team

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
    clips = validation.held_out(options.data, options.held_out)
    options = replace(options, held_out=[clip.name for clip in clips])
    check_start(options)
    pictures = corpus.load(options.data, without=frozenset(options.held_out), device=device)
    record = describe(options, pictures, clips)
    check(options.out, record)
    network, teachers = beginning(options)
    keep(options, record)
    stage = prepare(options, pictures, network, teachers)
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
    report, live = None, sys.stderr.isatty()
    end = "\n"
    try:
        for report in learn(stage, options, team):
            line = f"\r{_line(report)}\x1b[K" if live else _line(report)
            # on a terminal one line tells how far it is; what was validated stays
            end = "" if live and not any(name.startswith("valid") for name in report) else "\n"
            print(line, end=end, file=sys.stderr, flush=True)
    finally:
        if not end:
            print(file=sys.stderr)  # what comes now has a line of its own
    if report is None:
        print(
            f"{options.out}: nothing left to do, {options.samples} samples were shown already; "
            f"more --samples make the run longer",
            file=sys.stderr,
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
