"""Trackers x benchmark over processes: what is written, what is resumed, what is refused."""

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval.benchmarks import read
from eval.contestant import parse
from eval.errors import RunError
from eval.manifest import read_manifest
from eval.pool import run_local
from eval.results import read_boxes, read_values
from eval.run import Plan, prepare, run
from eval.store import is_done, save, tracker_folders
from tests.eval.clips import write_clip, write_clips
from tests.eval.fake_trackers import DIES, HANGS, RAISES, run_here

FAKES = "tests.eval.fake_trackers"


def make_plan(root: Path, out: Path, *names: str) -> Plan:
    entries = tuple(parse(f"{name.lower()}={FAKES}:{name}") for name in names)
    return Plan(entries, "folder", None, tuple(read("folder", root)), out)


def finish(plan: Plan, *, restart: bool = False) -> list[str]:
    """Run a plan to its end; list what was done."""
    outcomes = run(plan, prepare(plan, restart=restart), run_here)
    return [f"{o.job.entry.label} {o.job.sequence.name} {o.problem}".strip() for o in outcomes]


def test_results_are_written_in_the_official_format(tmp_path: Path) -> None:
    plan = make_plan(write_clips(tmp_path / "data"), tmp_path / "out", "Bright", "Still")
    done = finish(plan)
    assert done == [f"{who} clip{index}" for who in ("bright", "still") for index in (2, 1, 0)]
    folder = tmp_path / "out" / "bright" / "folder"
    assert (folder / "clip0.txt").read_text().splitlines()[1] == "7.0000,11.0000,12.0000,12.0000"
    assert read_values(folder / "clip0_score.txt").tolist() == [1.0] + [0.75] * 7
    assert len(read_values(folder / "clip0_time.txt")) == 8
    still = read_boxes(tmp_path / "out" / "still" / "folder" / "clip2.txt")
    assert np.array_equal(still, np.tile([5.0, 10.0, 12.0, 12.0], (10, 1)))


def test_boxes_are_written_from_the_first_pixel_of_the_benchmark_on(tmp_path: Path) -> None:
    plan = make_plan(write_clips(tmp_path / "data", 1), tmp_path / "out", "Still")
    plan = replace(plan, sequences=(replace(plan.sequences[0], origin=1),))
    finish(plan)
    assert read_boxes(tmp_path / "out/still/folder/clip0.txt")[0].tolist() == [6, 11, 12, 12]


def test_processes_give_what_one_process_gives(tmp_path: Path) -> None:
    root = write_clips(tmp_path / "data", 4)
    alone = make_plan(root, tmp_path / "alone", "Bright")
    finish(alone)
    plan = replace(alone, out=tmp_path / "many", workers=2)
    outcomes = list(run(plan, prepare(plan), run_local))
    assert [outcome.problem for outcome in outcomes] == [""] * 4
    for name in ("clip0.txt", "clip3.txt", "clip3_score.txt"):
        parts = Path("bright", "folder", name)
        assert (plan.out / parts).read_text() == (alone.out / parts).read_text()


def test_failures_of_every_kind_are_listed_and_the_others_go_on(tmp_path: Path) -> None:
    root = write_clips(tmp_path / "data", 2)
    for name, width in (("raises", RAISES), ("hangs", HANGS), ("dies", DIES)):
        write_clip(root, name, width=width)
    plan = replace(make_plan(root, tmp_path / "out", "Moody"), workers=2, limit_s=4)
    found = {o.job.sequence.name: o for o in run(plan, prepare(plan), run_local)}
    assert found["raises"].problem == "RuntimeError: bad mood"
    assert found["hangs"].problem == "took longer than 4 s, was ended"
    assert found["dies"].problem == "its process died of signal 9"
    assert found["clip0"].track is not None
    assert found["clip1"].track is not None
    folder = tmp_path / "out" / "moody" / "folder"
    assert "fake_trackers.py" in (folder / "failed" / "raises.txt").read_text()
    assert sorted(path.name for path in folder.glob("*s.txt")) == []
    assert len(prepare(plan)) == 3  # they are tried again


def test_only_what_is_missing_short_or_damaged_is_run_again(tmp_path: Path) -> None:
    plan = make_plan(write_clips(tmp_path / "data", 6), tmp_path / "out", "Bright")
    finish(plan)
    assert finish(plan) == []
    folder = tmp_path / "out" / "bright" / "folder"
    (folder / "clip0.txt").unlink()
    text = (folder / "clip1.txt").read_text()
    (folder / "clip1.txt").write_text("".join(text.splitlines(keepends=True)[:-1]))
    (folder / "clip2_time.txt").write_text("0.1\nwhat?\n")
    (folder / "clip3.txt").write_text((folder / "clip3.txt").read_text()[:-3])  # 12.0000 -> 12.0
    (folder / "clip4_score.txt").write_bytes(b"\x00\xff" * 20)
    assert finish(plan) == [f"bright clip{index}" for index in (4, 3, 2, 1, 0)]
    assert finish(plan) == []


def test_two_configurations_are_not_mixed(tmp_path: Path) -> None:
    root = write_clips(tmp_path / "data")
    finish(make_plan(root, tmp_path / "out", "Bright"))
    other = replace(make_plan(root, tmp_path / "out"), entries=(parse(f"bright={FAKES}:Still"),))
    with pytest.raises(
        RunError, match=rf"tracker source: {FAKES}:Bright, {FAKES}:Still.*--restart"
    ):
        prepare(other)
    with pytest.raises(RunError, match="realtime fps: none, 30"):
        prepare(replace(make_plan(root, tmp_path / "out", "Bright"), realtime_fps=30))
    assert len(finish(other, restart=True)) == 3
    manifest = read_manifest(tmp_path / "out/bright/folder")
    assert manifest is not None
    assert manifest.tracker["source"] == f"{FAKES}:Still"


def test_a_default_split_has_one_name_and_older_folders_are_found(tmp_path: Path) -> None:
    plan = make_plan(write_clips(tmp_path / "data"), tmp_path / "out", "Bright")
    plan = replace(plan, benchmark="got10k")
    folder, older = tmp_path / "out/bright/got10k", tmp_path / "out/bright/got10k-val"
    assert len(finish(plan)) == 3
    assert finish(replace(plan, split="val")) == []
    assert tracker_folders(plan.out, "got10k", "val") == {"bright": folder}
    folder.rename(older)  # as runs that named the split once wrote it
    manifest = json.loads((older / "manifest.json").read_text())
    manifest["benchmark"]["split"] = "val"
    (older / "manifest.json").write_text(json.dumps(manifest))
    for split in (None, "val"):
        assert finish(replace(plan, split=split)) == []
        assert tracker_folders(plan.out, "got10k", split) == {"bright": older}
    assert len(finish(plan, restart=True)) == 3
    assert not folder.exists()
    folder.mkdir()  # a run and a report look into the same one of the two
    assert plan.folder(plan.entries[0]) == folder
    assert tracker_folders(plan.out, "got10k", None) == {}
    assert tracker_folders(plan.out, "got10k", "test") == {}


def test_all_processes_run_the_engine_that_auto_picked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = make_plan(write_clips(tmp_path / "data", 1), tmp_path / "out")
    monkeypatch.setattr("eval.run.identity", lambda _entry, _threads: {"engine": "openvino"})
    (job,) = prepare(replace(plan, entries=(parse("b0@auto"),)))
    assert (job.entry.label, job.entry.engine) == ("b0@auto", "openvino")


def test_a_changed_annotation_or_unknown_results_are_not_mixed(tmp_path: Path) -> None:
    root = write_clips(tmp_path / "data")
    finish(make_plan(root, tmp_path / "out", "Bright"))
    (root / "clip0" / "groundtruth.txt").write_text("1,2,3,4\n" * 8)
    with pytest.raises(RunError, match="annotations_sha256"):
        prepare(make_plan(root, tmp_path / "out", "Bright"))
    (tmp_path / "out/bright/folder/manifest.json").write_text("{")
    with pytest.raises(RunError, match="damaged"):
        prepare(make_plan(root, tmp_path / "out", "Bright"))
    (tmp_path / "out/bright/folder/manifest.json").unlink()
    with pytest.raises(RunError, match="nothing is known of"):
        prepare(make_plan(root, tmp_path / "out", "Bright"))


def test_the_manifest_tells_where_results_come_from(tmp_path: Path) -> None:
    plan = make_plan(write_clips(tmp_path / "data", 4), tmp_path / "out", "Bright")
    finish(replace(plan, shard=(1, 2)))
    finish(replace(plan, shard=(2, 2), threads=3))
    manifest = read_manifest(tmp_path / "out/bright/folder")
    assert manifest is not None
    assert manifest.frames == {"clip0": 8, "clip1": 9, "clip2": 10, "clip3": 11}
    assert [each["threads"] for each in manifest.runs] == [1, 3]
    assert manifest.runs[0]["versions"]["numpy"] == np.__version__
    assert len(manifest.tracker["code_sha256"]) == 64


def test_shards_and_selections(tmp_path: Path) -> None:
    plan = make_plan(write_clips(tmp_path / "data", 5), tmp_path / "out", "Still")
    assert [s.name for s in replace(plan, shard=(2, 2)).chosen()] == ["clip1", "clip3"]
    assert [s.name for s in replace(plan, only=("clip4", "clip1")).chosen()] == ["clip1", "clip4"]
    with pytest.raises(RunError, match="no sequence clip9"):
        replace(plan, only=("clip9",)).chosen()
    with pytest.raises(RunError, match="no shard 3/2"):
        replace(plan, shard=(3, 2)).chosen()
    with pytest.raises(RunError, match="two trackers have one label"):
        prepare(replace(plan, entries=plan.entries * 2))


def test_a_restart_that_is_refused_throws_nothing_away(tmp_path: Path) -> None:
    plan = make_plan(write_clips(tmp_path / "data", 2), tmp_path / "out", "Still")
    finish(plan)
    for wrong in (replace(plan, only=("clip9",)), replace(plan, shard=(3, 2))):
        with pytest.raises(RunError):
            prepare(wrong, restart=True)
    assert finish(plan) == []


@pytest.mark.parametrize("ending", ["time", "score"])
def test_clips_that_would_share_a_file_are_not_run(tmp_path: Path, ending: str) -> None:
    for name in ("half", f"half_{ending}"):
        write_clip(tmp_path / "data", name)
    with pytest.raises(RunError, match=rf"half and half_{ending} would both write half_{ending}"):
        prepare(make_plan(tmp_path / "data", tmp_path / "out", "Still"))
    assert not (tmp_path / "out").exists()


def test_an_interrupted_write_is_not_a_result(tmp_path: Path) -> None:
    plan = make_plan(write_clips(tmp_path / "data", 1), tmp_path / "out", "Still")
    outcome = next(run_here(prepare(plan), 1))
    assert outcome.track is not None
    save(tmp_path, plan.sequences[0], outcome.track)
    assert is_done(tmp_path, "clip0", 8)
    (tmp_path / "clip0.txt").rename(tmp_path / ".clip0.txt.123.part")  # killed before the rename
    assert not is_done(tmp_path, "clip0", 8)


def test_threads_are_limited_in_each_process(tmp_path: Path) -> None:
    plan = make_plan(write_clips(tmp_path / "data", 2), tmp_path / "out", "Threads")
    for threads in (1, 2):
        plan = replace(plan, threads=threads, workers=2, out=tmp_path / str(threads))
        outcomes = list(run(plan, prepare(plan), run_local))
        tracks = [outcome.track for outcome in outcomes if outcome.track is not None]
        assert [track.scores[1] for track in tracks] == [threads / 10] * 2


def test_a_late_answer_counts_if_nobody_asked_before(tmp_path: Path) -> None:
    plan = make_plan(write_clips(tmp_path / "data", 3), tmp_path / "out", "Bright")
    jobs = [replace(job, limit_s=3.0) for job in prepare(plan)]
    found = []
    for outcome in run_local(jobs, 2):
        found.append(outcome.problem)
        if len(found) == 1:
            time.sleep(4)  # meanwhile the other process has long been done
    assert found == [""] * 3
