"""The same run on a local Ray cluster of two workers."""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from eval.benchmarks import read
from eval.cluster import run_ray
from eval.contestant import parse
from eval.errors import RunError
from eval.pool import run_local
from eval.run import Plan, prepare, run
from tests.eval.clips import write_clip, write_clips
from tests.eval.fake_trackers import DIES, HANGS, RAISES


def plan_for(root: Path, out: Path) -> Plan:
    entry = parse("moody=tests.eval.fake_trackers:Moody")
    return Plan((entry,), "folder", None, tuple(read("folder", root)), out, workers=2)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed")
def test_a_cluster_gives_what_processes_give_failures_included(tmp_path: Path) -> None:
    root = write_clips(tmp_path / "data", 4)
    for name, width in (("raises", RAISES), ("dies", DIES)):
        write_clip(root, name, width=width)
    write_clip(root, "hangs", width=HANGS, frames=20)  # the longest, so it comes first
    here = plan_for(root, tmp_path / "here")
    there = replace(here, out=tmp_path / "there")
    jobs = [
        replace(job, limit_s=12.0 if job.sequence.name == "hangs" else 100.0)
        for job in prepare(there)
    ]
    problems = {o.job.sequence.name: o.problem for o in run(there, jobs, run_ray)}
    assert problems == {f"clip{index}": "" for index in range(4)} | {
        "raises": "RuntimeError: bad mood",
        "dies": "its process died (ActorDiedError)",
        "hangs": "took longer than 12 s, was ended",
    }
    only = tuple(f"clip{index}" for index in range(4))
    here = replace(here, only=only)
    assert len(list(run(here, prepare(here), run_local))) == 4
    for name in only:
        for file in (f"{name}.txt", f"{name}_score.txt"):
            parts = Path("moody", "folder", file)
            assert (there.out / parts).read_text() == (here.out / parts).read_text()


def test_without_ray_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    plan = plan_for(write_clips(tmp_path / "data", 1), tmp_path / "out")
    with pytest.raises(RunError, match=r"pip install 'lowtrack\[cluster\]'"):
        list(run(plan, prepare(plan), run_ray))
