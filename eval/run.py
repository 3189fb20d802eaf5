"""Trackers x benchmark: what is to be done, what is done already, and the doing of the rest."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.contestant import Entry
from eval.errors import RunError
from eval.identity import identity
from eval.jobs import Executor, Job, Outcome
from eval.machine import commit, machine, versions
from eval.manifest import Manifest, describe_benchmark, read_manifest, write_manifest
from eval.sequence import Sequence
from eval.store import check_names, clear, folder_of, is_done, save, save_failure

_LIMIT_S, _LIMIT_PER_FRAME_S = 120.0, 2.0


@dataclass(frozen=True, eq=False)
class Plan:
    """What a run is to do, and with what.

    Attributes:
        entries: the trackers.
        benchmark: name of the benchmark.
        split: its split, None where it has none.
        sequences: all its sequences.
        out: folder for the results.
        workers: number of processes.
        threads: threads of each process.
        realtime_fps: drop frames as a camera of this rate would; None waits for the tracker.
        limit_s: seconds after which a sequence is given up; None depends on its length.
        only: names of the sequences to run; () runs all.
        shard: (k, n) runs the k-th of n parts, from 1 on.
    """

    entries: tuple[Entry, ...]
    benchmark: str
    split: str | None
    sequences: tuple[Sequence, ...]
    out: Path
    workers: int = 1
    threads: int = 1
    realtime_fps: float | None = None
    limit_s: float | None = None
    only: tuple[str, ...] = ()
    shard: tuple[int, int] = (1, 1)

    def folder(self, entry: Entry) -> Path:
        """Name the folder of a tracker's results."""
        return folder_of(self.out, entry.label, self.benchmark, self.split)

    def chosen(self) -> list[Sequence]:
        """List the sequences of this shard and selection.

        Raises:
            RunError: a name is unknown, or there is no such shard.
        """
        part, parts = self.shard
        if not 1 <= part <= parts:
            raise RunError(f"there is no shard {part}/{parts}; the first is 1/{parts}")
        return named(self.sequences, self.only, self.benchmark)[part - 1 :: parts]


def named(sequences: Collection[Sequence], only: Collection[str], benchmark: str) -> list[Sequence]:
    """The sequences of a benchmark whose names are in `only`; all of them if that is empty.

    Raises:
        RunError: a name is unknown.
    """
    unknown = sorted(set(only) - {sequence.name for sequence in sequences})
    if unknown:
        raise RunError(f"{benchmark} has no sequence {', '.join(unknown)}")
    return [sequence for sequence in sequences if not only or sequence.name in only]


def prepare(plan: Plan, *, restart: bool = False) -> list[Job]:
    """Write the manifests and list what is not done yet, for each tracker the longest first.

    Args:
        plan: what is to be done.
        restart: throw away what is there instead of going on with it.

    Raises:
        RunError: the results that are there come from another configuration, two trackers have one
            label or two sequences one file, or there is no such sequence or shard.
        TrackerError: a tracker cannot be made here.
    """
    labels = [entry.label for entry in plan.entries]
    if len(set(labels)) != len(labels):
        raise RunError(f"two trackers have one label: {', '.join(labels)}; write LABEL=SOURCE")
    check_names(sequence.name for sequence in plan.sequences)
    chosen = plan.chosen()
    manifests = [_manifest(plan, entry) for entry in plan.entries]
    for entry, fresh in zip(plan.entries, manifests, strict=True):
        _refuse_mixing(plan.folder(entry), fresh, restart=restart)
    jobs: list[Job] = []
    for entry, fresh in zip(plan.entries, manifests, strict=True):
        folder = plan.folder(entry)
        if restart and folder.is_dir():
            clear(folder)
        todo = [s for s in chosen if not is_done(folder, s.name, len(s))]
        if todo:
            write_manifest(folder, (read_manifest(folder) or fresh).with_runs([_run(plan)]))
        settled = replace(entry, engine=fresh.tracker.get("engine", entry.engine))  # if "auto"
        jobs += [_job(plan, settled, sequence) for sequence in sorted(todo, key=len, reverse=True)]
    return jobs


def run(plan: Plan, jobs: list[Job], execute: Executor) -> Iterator[Outcome]:
    """Do jobs and write each result as soon as it is there; yield the outcomes as they come."""
    for outcome in execute(jobs, plan.workers):
        job = outcome.job
        folder = plan.folder(job.entry)
        if outcome.track is None:
            save_failure(folder, job.sequence.name, outcome.problem, outcome.details)
        else:
            save(folder, job.sequence, outcome.track)
        yield outcome


def _job(plan: Plan, entry: Entry, sequence: Sequence) -> Job:
    """Describe one piece of work."""
    limit_s = plan.limit_s or _LIMIT_S + _LIMIT_PER_FRAME_S * len(sequence)
    return Job(entry, sequence, plan.threads, plan.realtime_fps, limit_s)


def _manifest(plan: Plan, entry: Entry) -> Manifest:
    """Describe what a tracker's results will be results of."""
    realtime: dict[str, Any] = {}
    if plan.realtime_fps is not None:  # the boxes depend on the speed, so on all that decides it
        realtime = {"fps": plan.realtime_fps, "workers": plan.workers, "threads": plan.threads}
        realtime["cpu"] = machine()["cpu"]
    return Manifest(
        tracker=identity(entry, plan.threads),
        benchmark=describe_benchmark(plan.benchmark, plan.split, plan.sequences),
        frames={sequence.name: len(sequence) for sequence in plan.sequences},
        realtime=realtime,
    )


def _refuse_mixing(folder: Path, fresh: Manifest, *, restart: bool) -> None:
    """Raise RunError where results of something else are there and are to be kept."""
    if restart:
        return
    there = read_manifest(folder)
    if there is None:
        if any(folder.glob("*.txt")):
            raise RunError(f"{folder} has results that nothing is known of; give another --out")
        return
    found = there.differences(fresh)
    if found:
        raise RunError(
            f"the results in {folder} are of another configuration (there, now): "
            f"{'; '.join(found)}. Give another --out, or --restart to throw them away"
        )


def _run(plan: Plan) -> Mapping[str, Any]:
    """Describe this run: where, with what code, and when it began."""
    return {
        "machine": machine(),
        "versions": versions(),
        "commit": commit(Path(__file__).parent),
        "workers": plan.workers,
        "threads": plan.threads,
        "started": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    }
