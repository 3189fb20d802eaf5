"""One piece of work: one contestant on one sequence. It is done in a process of its own."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2

from eval.contestant import Contestant, Entry, build
from eval.follow import Track, follow
from eval.sequence import Sequence


@dataclass(frozen=True, eq=False)
class Job:
    """What a worker is to do.

    Attributes:
        entry: who is measured.
        sequence: what on.
        threads: how many threads OpenCV and the engine may use.
        realtime_fps: frames come at this rate; None waits for the tracker.
        limit_s: after so many seconds the worker is taken to hang.
    """

    entry: Entry
    sequence: Sequence
    threads: int
    realtime_fps: float | None
    limit_s: float


@dataclass(frozen=True, eq=False)
class Outcome:
    """How a job ended: with a track, or with a problem.

    Attributes:
        job: what was to be done.
        track: the boxes; None if it failed.
        problem: what went wrong, a line; "" if nothing did.
        details: a traceback where there is one.
    """

    job: Job
    track: Track | None
    problem: str = ""
    details: str = ""


Executor = Callable[[list[Job], int], Iterator[Outcome]]
"""(jobs, workers) -> their outcomes, in the order in which they end."""


class Worker:
    """Does jobs, one after the other, and keeps a contestant for as long as it is asked for."""

    def __init__(self) -> None:
        self._key: tuple[Entry, int] | None = None
        self._contestant: Contestant | None = None

    def perform(self, job: Job) -> Outcome:
        """Do a job; whatever the contestant raises becomes the outcome."""
        try:
            contestant = self._ready(job)
            track = follow(contestant, job.sequence, realtime_fps=job.realtime_fps)
        except Exception as error:  # noqa: BLE001  # foreign code: its failure is the result
            self._contestant = None
            problem = f"{type(error).__name__}: {error}"
            return Outcome(job, None, " ".join(problem.split()), traceback.format_exc())
        return Outcome(job, track)

    def _ready(self, job: Job) -> Contestant:
        """Keep the contestant of the last job if it is the same, else make the new one."""
        key = (job.entry, job.threads)
        if self._contestant is None or key != self._key:
            cv2.setNumThreads(job.threads)
            self._contestant, self._key = build(job.entry, job.threads), key
        return self._contestant
