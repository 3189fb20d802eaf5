"""Jobs on a Ray cluster, with the outcomes of `eval.pool`. Needs ray (the extra `cluster`)."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from eval.errors import RunError
from eval.jobs import Job, Outcome, Worker


def run_ray(jobs: list[Job], workers: int) -> Iterator[Outcome]:
    """Do jobs in `workers` actors of a Ray cluster; yield the outcomes in the order they end.

    Joins the cluster that RAY_ADDRESS names, or one that runs on this machine, or else starts one
    here. Every node needs this package, and the pictures under the same paths; results come back
    to the caller. An actor that dies or exceeds a job's limit costs that job only.

    Raises:
        RunError: ray is not installed, or the cluster has too few CPUs for a single worker.
    """
    if not jobs:
        return
    with _cluster() as ray:
        threads = max(job.threads for job in jobs)
        room = int(ray.cluster_resources().get("CPU", 0) // threads)
        if room < 1:
            raise RunError(f"no room for a worker with {threads} threads; give less --threads")
        seats = [_Seat(ray, threads) for _ in range(min(workers, room, len(jobs)))]
        yield from _share_out(ray, jobs, seats)


@contextlib.contextmanager
def _cluster() -> Iterator[Any]:
    """Join or start a cluster, and leave it as it was found."""
    try:
        import ray  # noqa: PLC0415
    except ImportError as error:
        raise RunError("--executor ray needs ray: pip install 'lowtrack[cluster]'") from error
    joined = not ray.is_initialized()
    if joined:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # tell nobody without being asked
        ray.init(include_dashboard=False, log_to_driver=False, logging_level="error")
    try:
        yield ray
    finally:
        if joined:
            ray.shutdown()


def _share_out(ray: Any, jobs: list[Job], seats: list[_Seat]) -> Iterator[Outcome]:
    """Give every seat a new job as soon as it is done with the last one."""
    waiting = list(reversed(jobs))
    for seat in seats:
        seat.give(waiting.pop())
    while busy := [seat for seat in seats if seat.job is not None]:
        patience_s = max(min(seat.deadline for seat in busy) - time.monotonic(), 0.0)
        ray.wait([seat.answer for seat in busy], num_returns=1, timeout=patience_s)
        for seat in busy:
            outcome = seat.take()
            if outcome is not None:
                yield outcome
                if waiting:
                    seat.give(waiting.pop())


@dataclass
class _Seat:
    """A place of work: an actor, and what it is doing."""

    ray: Any
    threads: int
    job: Job | None = None
    deadline: float = 0.0
    answer: Any = None
    actor: Any = field(init=False)

    def __post_init__(self) -> None:
        self._fill()

    def _fill(self) -> None:
        """Start an actor."""
        self.actor = self.ray.remote(num_cpus=self.threads)(Worker).remote()

    def give(self, job: Job) -> None:
        """Hand over a job."""
        self.answer = self.actor.perform.remote(job)
        self.job, self.deadline = job, time.monotonic() + job.limit_s

    def take(self) -> Outcome | None:
        """Fetch the outcome if the job has ended, one way or another."""
        job = self.job
        answered = bool(self.ray.wait([self.answer], timeout=0)[0])  # counts, even if it is late
        if job is None or not (answered or time.monotonic() >= self.deadline):
            return None
        self.job = None
        if not answered:
            self.ray.kill(self.actor)
            self._fill()
            return Outcome(job, None, f"took longer than {job.limit_s:.0f} s, was ended")
        try:
            outcome: Outcome = self.ray.get(self.answer)
        except self.ray.exceptions.RayError as error:
            self._fill()
            return Outcome(job, None, f"its process died ({type(error).__name__})", str(error))
        return Outcome(job, outcome.track, outcome.problem, outcome.details)
