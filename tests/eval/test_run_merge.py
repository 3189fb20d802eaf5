"""Shards of a run put together."""

from dataclasses import replace
from pathlib import Path

import pytest

from eval.benchmarks import read
from eval.contestant import parse
from eval.errors import RunError
from eval.manifest import read_manifest
from eval.merge import merge
from eval.run import Plan, prepare, run
from tests.eval.clips import write_clips
from tests.eval.fake_trackers import run_here

FAKES = "tests.eval.fake_trackers"


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    sequences = tuple(read("folder", write_clips(tmp_path / "clips", 5)))
    return Plan((parse(f"bright={FAKES}:Bright"),), "folder", None, sequences, tmp_path / "whole")


def make(plan: Plan, out: Path) -> Path:
    plan = replace(plan, out=out)
    assert all(outcome.track for outcome in run(plan, prepare(plan), run_here))
    return out


def files(out: Path) -> dict[str, str]:
    """Everything that does not depend on the clock."""
    folder = out / "bright" / "folder"
    return {
        path.name: path.read_text()
        for path in folder.glob("clip?*.txt")
        if not path.stem.endswith("_time")
    }


def test_shards_make_the_whole(plan: Plan, tmp_path: Path) -> None:
    whole = make(plan, tmp_path / "whole")
    shards = [
        make(replace(plan, shard=(part, 3), threads=part), tmp_path / f"shard{part}")
        for part in (1, 2, 3)
    ]
    (merged,) = merge(shards, tmp_path / "merged")
    assert merged.folder == Path("bright", "folder")
    assert (merged.sequences, merged.missing) == (5, ())
    assert files(tmp_path / "merged") == files(whole)
    manifest = read_manifest(tmp_path / "merged" / "bright" / "folder")
    assert manifest is not None
    assert [each["threads"] for each in manifest.runs] == [1, 2, 3]
    assert prepare(replace(plan, out=tmp_path / "merged")) == []  # a run goes on from there


def test_what_is_missing_or_damaged_is_told(plan: Plan, tmp_path: Path) -> None:
    one = make(replace(plan, shard=(1, 2)), tmp_path / "one")
    (one / "bright/folder/clip2.txt").write_text("1,2,3,4\n")
    (merged,) = merge([one], tmp_path / "merged")
    assert merged.sequences == 2
    assert merged.missing == ("clip1", "clip2", "clip3")
    two = make(replace(plan, only=("clip1", "clip2", "clip3")), tmp_path / "two")
    (merged,) = merge([two], tmp_path / "merged")  # into what is there
    assert merged.missing == ()


def test_different_configurations_and_boxes_are_not_merged(plan: Plan, tmp_path: Path) -> None:
    one = make(replace(plan, shard=(1, 2)), tmp_path / "one")
    other = replace(plan, entries=(parse(f"bright={FAKES}:Still"),))
    two = make(other, tmp_path / "two")
    with pytest.raises(RunError, match="different configurations: tracker source"):
        merge([one, two], tmp_path / "merged")
    assert not (tmp_path / "merged").exists()
    again = make(replace(plan, shard=(1, 2)), tmp_path / "again")
    file = again / "bright/folder/clip2.txt"
    file.write_text(file.read_text().replace("12.0000\n", "13.0000\n"))
    with pytest.raises(RunError, match="different boxes for clip2"):
        merge([one, again], tmp_path / "merged")
    with pytest.raises(RunError, match="is not the folder of a run"):
        merge([tmp_path], tmp_path / "merged")
