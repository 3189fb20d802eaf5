"""What a run is made of: compared when it goes on, and told on the card of what is packed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from apps.command import CommandError
from apps.train_options import RunOptions
from apps.train_start import named
from apps.train_work import KINDS, loop_config
from eval.textfile import write_text
from tracker import weights
from tracker.training import checkpoint, teacher, validation
from tracker.training.corpus import Corpus
from tracker.training.stages import StageConfig

RECORD = "run.json"

Record = dict[str, Any]


def describe(options: RunOptions, pictures: Corpus, clips: Sequence[Path]) -> Record:
    """All that must stay as it is when a run goes on.

    Args:
        options: of the run.
        pictures: that are learned from.
        clips: folders of those held out.

    Raises:
        TrackerError: if a file of teachers or weights cannot be read.
    """
    return {
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
        "learned_from": validation.others(options.data, options.held_out),
        "stills": len(pictures.stills),
        "plain_stills": len(pictures.plain),
        "held_out": [clip.name for clip in clips],
        "held_out_data": validation.digest(clips),
        "stage_config": asdict(StageConfig()),
        **loop_config(options).lasting,
        "workers": options.workers,
        "views": options.views,
    }


def check_start(options: RunOptions) -> None:
    """Refuse to begin with a run that has learned from a clip of a name that is held out now.

    Only the record beside a checkpoint tells; without one, nothing is refused.

    Raises:
        CommandError: if that run has.
    """
    record = _beside(options.start) or {}
    learned = [name for name in options.held_out if name in record.get("learned_from", ())]
    if learned:
        raise CommandError(
            f"{options.start} has learned from {', '.join(learned)}, on which weights are to be "
            f"chosen: give --held-out clips that its run held out "
            f"({', '.join(record['held_out'])}) or did not have, or another --start"
        )


def check(out: Path, record: Record) -> None:
    """Refuse to go on in `out` with what is made of other things.

    Raises:
        TrackerError: if it was begun with others, or by an older version.
    """
    path = out / RECORD
    if path.exists():
        checkpoint.same(path, read_json(path), json.loads(json.dumps(record)))


def keep(options: RunOptions, record: Record) -> None:
    """Write down what a run that begins is made of, and who taught what it begins with."""
    path = options.out / RECORD
    if not path.exists():
        told = record | {"start_teachers": _taught(options.start)}
        write_text(path, json.dumps(told, indent=2) + "\n")


def lineage(record: Record) -> str:
    """Who taught a run, and before it what it began with."""
    own = "; ".join(record["teachers"]) or "none in this run"
    earlier = record.get("start_teachers")  # older runs do not tell
    return f"{own}; started from {record['start']}" + (f" (teachers: {earlier})" if earlier else "")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        CommandError: if it cannot be read.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"cannot read {path}: {error}") from error


def _taught(start: Path | None) -> str | None:
    """What the card of a model folder, or the record beside a checkpoint, tells of teachers."""
    if start is None:
        return None
    if start.is_dir():
        return weights.read(start).teacher
    record = _beside(start)
    return None if record is None else lineage(record)


def _beside(start: Path | None) -> Record | None:
    """The record of the run that a checkpoint is of, where it is there."""
    if start is None or start.suffix != ".pt" or not start.with_name(RECORD).exists():
        return None
    record: Record = read_json(start.with_name(RECORD))
    return record
