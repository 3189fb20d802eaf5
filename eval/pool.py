"""Jobs on this machine: a few processes, each watched, each replaced when it dies or hangs."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Final

from eval.jobs import Job, Outcome, Worker

_CONTEXT: Final = "spawn"  # a fork would inherit the threads of engines in a broken state


def run_local(jobs: list[Job], workers: int) -> Iterator[Outcome]:
    """Do jobs in `workers` processes; yield the outcomes in the order in which they end.

    A job whose process dies, or runs longer than the job's limit, has failed; the others go on.
    """
    waiting = list(reversed(jobs))
    desks = [_Desk.open() for _ in range(min(workers, len(jobs)))]
    try:
        for desk in desks:
            desk.give(waiting.pop())
        while busy := {desk.connection: desk for desk in desks if desk.job is not None}:
            wait(list(busy), timeout=max(min(d.left_s() for d in busy.values()), 0.0))
            for desk in list(busy.values()):
                outcome = desk.take()
                if outcome is not None:
                    yield outcome
                    if waiting:
                        desk.give(waiting.pop())
    finally:
        for desk in desks:
            desk.close()


@dataclass
class _Desk:
    """A place of work: a process, the way to it, and what it is doing."""

    process: BaseProcess
    connection: Connection
    job: Job | None = None
    deadline: float = 0.0

    @classmethod
    def open(cls) -> _Desk:
        """Start a process."""
        context = multiprocessing.get_context(_CONTEXT)
        here, there = context.Pipe()
        process = context.Process(target=_serve, args=(there,), daemon=True)
        process.start()
        there.close()  # the worker alone holds its end, so that its death is seen here
        return cls(process, here)

    def left_s(self) -> float:
        """Seconds until the job has used up its time."""
        return self.deadline - time.monotonic()

    def give(self, job: Job) -> None:
        """Hand over a job; a process that died between two jobs is replaced first."""
        if not self.process.is_alive():
            self._replace()
        self.job, self.deadline = job, time.monotonic() + job.limit_s
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # `take` will see it
            self.connection.send(job)

    def take(self) -> Outcome | None:
        """Fetch the outcome if the job has ended, one way or another."""
        job, answered = self.job, self.connection.poll()  # an answer counts, even if it is late
        if job is None or not (answered or self.left_s() <= 0):
            return None
        self.job = None
        if not answered:
            self._replace()
            return Outcome(job, None, f"took longer than {job.limit_s:.0f} s, was ended")
        try:
            track, problem, details = self.connection.recv()
        except (EOFError, ConnectionResetError):
            self.process.join()
            problem = f"its process died {_manner(self.process.exitcode)}"
            self._replace()
            return Outcome(job, None, problem)
        return Outcome(job, track, problem, details)

    def _replace(self) -> None:
        """End the process, whatever it does, and start another."""
        self.close()
        fresh = _Desk.open()
        self.process, self.connection = fresh.process, fresh.connection

    def close(self) -> None:
        """End the process."""
        self.connection.close()
        self.process.kill()
        self.process.join()
        self.process.close()


def _manner(exitcode: int | None) -> str:
    """Say how a process died."""
    return f"of signal {-exitcode}" if exitcode and exitcode < 0 else f"with exit code {exitcode}"


def _serve(connection: Connection) -> None:
    """Do jobs until there is nobody left to give any: the life of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent is told, and ends this process
    threading.Thread(target=_die_with_parent, daemon=True).start()
    worker = Worker()
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        outcome = worker.perform(job)
        connection.send((outcome.track, outcome.problem, outcome.details))


def _die_with_parent() -> None:
    """Leave at once when the parent is gone: nobody would take the outcome."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
