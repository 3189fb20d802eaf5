"""`evaluate run`: trackers x benchmark, over processes, to be resumed by the same command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

from apps.command import EXIT_OK, complain
from apps.evaluate_options import (
    EXIT_FAILED,
    add_benchmark,
    add_protocol,
    part_of,
    positive,
    protocol_of,
    read_benchmark,
)
from apps.evaluate_write import add_clips, check_clips, report_on
from apps.model_options import number
from apps.progress import Progress
from eval.benchmarks import lookup
from eval.cluster import run_ray
from eval.contestant import parse
from eval.coverage import Coverage
from eval.jobs import Executor, Outcome
from eval.machine import cores
from eval.peers import PEERS
from eval.pool import run_local
from eval.run import Plan, prepare, run
from eval.score import check_annotations, check_truth, is_hidden
from eval.store import report_folder, tracker_folders

NAME = "lowtrack evaluate run"
EXECUTORS: Mapping[str, Executor] = MappingProxyType({"local": run_local, "ray": run_ray})


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("run", help="run trackers on a benchmark", description=__doc__)
    parser.set_defaults(action=run_command)
    add_benchmark(parser)
    add_protocol(parser)
    add_clips(parser)
    parser.add_argument(
        "--trackers",
        nargs="+",
        default=["b0"],
        metavar="TRACKER",
        help="[LABEL=]SOURCE[+full][@ENGINE[-PRECISION]]; SOURCE is a packaged model, a folder of "
        f"weights, a tracker of OpenCV ({' '.join(PEERS)}), or MODULE:FACTORY",
    )
    parser.add_argument("--peer-weights", type=Path, help="folder with the ONNX files of peers")
    parser.add_argument("--device", default="cpu", help="device of models of this project")
    parser.add_argument("--out", type=Path, default=Path("evaluation"), help="folder of results")
    parser.add_argument("--restart", action="store_true", help="throw away what is there")
    parser.add_argument("--sequences", nargs="+", default=[], help="run these only")
    parser.add_argument("--shard", type=part_of, default=(1, 1), help="run part K of N: K/N")
    parser.add_argument("--workers", type=number(int, 1), help="processes (else one a core)")
    parser.add_argument("--threads", type=number(int, 1), help="threads of each (else cores / N)")
    parser.add_argument(
        "--executor", choices=sorted(EXECUTORS), default="local", help="processes, or a Ray cluster"
    )
    parser.add_argument("--timeout", type=positive, help="seconds until a sequence is given up")
    parser.add_argument(
        "--realtime", type=positive, metavar="FPS", help="drop frames as a live camera would"
    )


def run_command(options: argparse.Namespace) -> int:
    """Run what is not done yet, then report on all of it."""
    protocol = protocol_of(options)  # what cannot be reported on is refused before hours of work
    plan = _plan(options)
    check_clips(options.clips, plan.sequences)
    if not is_hidden(plan.sequences):
        check_truth(plan.sequences)
        check_annotations(plan.chosen(), protocol)
    jobs = prepare(plan, restart=options.restart)
    total = sum(len(job.sequence) for job in jobs)
    there = len(plan.sequences)
    coverage = Coverage(there, there, lookup(plan.benchmark).expected(plan.split))
    if not coverage.whole:
        print(coverage.loudly())
    print(
        f"{len(jobs)} sequences ({total} frames) to run, in {plan.workers} processes "
        f"of {plan.threads} threads",
        flush=True,
    )
    failed = []
    with closing(Progress(total, sys.stderr)) as progress:
        done = 0
        for outcome in run(plan, jobs, EXECUTORS[options.executor]):
            done += len(outcome.job.sequence)
            progress.update(done)
            if outcome.track is None:
                failed.append(outcome)
                complain(NAME, _describe(outcome))
    _report(plan, options)
    return _summarise(failed, len(jobs), plan.out)


def _report(plan: Plan, options: argparse.Namespace) -> None:
    """Report on what there is, unless the truth is known to a server only."""
    found = tracker_folders(plan.out, plan.benchmark, plan.split)
    folders = {each.label: found[each.label] for each in plan.entries if each.label in found}
    if is_hidden(plan.sequences):
        print("only the first frames are annotated; `evaluate pack` packs results for a server")
    elif folders:
        where = report_folder(plan.out, plan.benchmark, plan.split)
        report_on(folders, list(plan.sequences), options, where)


def _plan(options: argparse.Namespace) -> Plan:
    """Turn options into a plan; the threads share the cores."""
    entries = [
        parse(text, device=options.device, peer_weights=options.peer_weights)
        for text in options.trackers
    ]
    workers = options.workers or cores()
    return Plan(
        entries=tuple(entries),
        benchmark=options.benchmark,
        split=options.split,
        sequences=tuple(read_benchmark(options)),
        out=options.out,
        workers=workers,
        threads=options.threads or max(cores() // workers, 1),
        realtime_fps=options.realtime,
        limit_s=options.timeout,
        only=tuple(options.sequences),
        shard=options.shard,
    )


def _describe(outcome: Outcome) -> str:
    """Say in a line who failed on what."""
    return f"{outcome.job.entry.label} failed on {outcome.job.sequence.name}: {outcome.problem}"


def _summarise(failed: Iterable[Outcome], jobs: int, out: Path) -> int:
    """List the failures again, at the end where they are seen."""
    problems = [_describe(outcome) for outcome in failed]
    if not problems:
        return EXIT_OK
    complain(NAME, f"{len(problems)} of {jobs} sequences failed (tracebacks: {out}/*/*/failed/)")
    return EXIT_FAILED
