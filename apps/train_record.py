"""What a run is made of: compared when it goes on, and told on the card of what is packed."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from apps.command import CommandError
from apps.train_options import RunOptions
from apps.train_start import named
from apps.train_work import KINDS, loop_config
from eval.textfile import write_text
from tracker import weights
from tracker.training import teacher
from tracker.training.corpus import Corpus
from tracker.training.stages import StageConfig

RECORD = "run.json"

Record = dict[str, Any]


def describe(options: RunOptions, pictures: Corpus) -> Record:
    """All that must stay as it is when a run goes on.

    Raises:
        TrackerError: if a file of teachers or weights cannot be read.
    """
    record = {
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
        "held_out": list(options.held_out),
        "stage_config": asdict(StageConfig()),
        **loop_config(options).lasting,
        "workers": options.workers,
    }
    if options.stage == "head":
        record["views"] = options.views
    return record


def check(out: Path, record: Record) -> None:
    """Refuse to go on in `out` with what is made of other things.

    Raises:
        CommandError: if it was begun with others.
    """
    if not (out / RECORD).exists():
        return
    before, now = read_json(out / RECORD), json.loads(json.dumps(record))
    if changed := [name for name in now if now[name] != before.get(name)]:
        raise CommandError(
            f"{out} was begun with other {', '.join(changed)}: see {out / RECORD}; "
            f"choose another --out"
        )


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
    beside = start.with_name(RECORD)
    return lineage(read_json(beside)) if start.suffix == ".pt" and beside.exists() else None
