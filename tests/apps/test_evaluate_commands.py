"""The other commands of `apps/evaluate.py`: score, merge, pack, validate, list, check, install."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from apps.evaluate import main
from eval.results import write_boxes
from eval.submission.archive import read_archive, write_archive
from tests.eval import trees
from tests.eval.clips import write_clip, write_clips

FAKES = "tests.eval.fake_trackers"


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out.splitlines()[-1]


def test_score_writes_overall_numbers_and_curves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_clips(tmp_path / "clips", 2)
    results, out = tmp_path / "results", tmp_path / "scores.json"
    for name in ("clip0", "clip1"):
        boxes = np.loadtxt(root / name / "groundtruth.txt", delimiter=",")
        write_boxes(results / f"{name}.txt", boxes)
    words = ["score", "--benchmark", "folder", "--root", str(root), "--results", str(results)]
    assert main([*words, "--protocol", "got10k", "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "folder, protocol got10k: AO 1.0000, SR50 1.0000, SR75 1.0000" in shown
    scores = json.loads(out.read_text())
    assert (scores["benchmark"], scores["protocol"]) == ("folder", "got10k")
    assert scores["overall"] == {"ao": 1.0, "sr50": 1.0, "sr75": 1.0}
    assert set(scores["sequences"]) == {"clip0", "clip1"}
    (results / "clip1.txt").unlink()
    assert main(words) == 2
    assert "no result for 1 sequences, such as clip1" in capsys.readouterr().err
    assert main([*words, "--partial"]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "1 sequences left out: clip1 (no result)",
        "NOT THE WHOLE BENCHMARK: 1 of 2 sequences",
    ]


def test_score_does_not_count_what_left_the_mean(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, x in (("a", 0), ("b", 1)):
        trees.write(tmp_path / "clips" / name / "groundtruth.txt", f"{x},2,3,4\n" * 3)
        write_boxes(tmp_path / "results" / f"{name}.txt", np.array([[1.0, 2, 3, 4]] * 3))
    words = ["score", "--benchmark", "folder", "--root", str(tmp_path / "clips")]
    words += ["--results", str(tmp_path / "results"), "--out", str(tmp_path / "scores.json")]
    assert main([*words, "--protocol", "otb"]) == 0
    assert "NOT THE WHOLE BENCHMARK: 1 of 2 sequences\n" in capsys.readouterr().out
    coverage = json.loads((tmp_path / "scores.json").read_text())["coverage"]
    assert coverage == {"scored": 1, "present": 2, "official": 0}


def test_a_data_set_that_is_partly_there_is_told_everywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, out = tmp_path / "OTB100", tmp_path / "out"
    for name in ("Basketball", "Biker"):
        write_clip(root, name)
        (root / name / "groundtruth.txt").rename(root / name / "groundtruth_rect.txt")
        for path in (root / name / "img").iterdir():
            path.rename(path.with_stem(path.stem[-4:]))
    told = "NOT THE WHOLE BENCHMARK: 2 of 100 official sequences, 2 on the disk"
    words = ["--benchmark", "otb", "--root", str(root)]
    bright = ["--workers", "1", "--trackers", f"bright={FAKES}:Bright"]
    assert main(["run", *words, *bright, "--out", str(out)]) == 0
    assert capsys.readouterr().out.count(told) == 2  # before the work and after it
    assert main(["report", *words, "--results", str(out), "--split", "otb100"]) == 0
    assert told in capsys.readouterr().out
    report = json.loads((out / "report-otb" / "report.json").read_text())
    assert report["coverage"] == {"scored": 2, "present": 2, "official": 100}
    for ending in ("md", "tex", "html"):
        assert told in (out / "report-otb" / f"report.{ending}").read_text("utf-8")
    results, scores = str(out / "bright" / "otb"), tmp_path / "scores.json"
    assert main(["score", *words, "--results", results, "--out", str(scores)]) == 0
    assert told in capsys.readouterr().out
    assert json.loads(scores.read_text())["coverage"] == report["coverage"]


def test_shards_are_merged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_clips(tmp_path / "clips", 4)
    for part in (1, 2):
        words = ["--out", str(tmp_path / f"part{part}"), "--shard", f"{part}/2", "--workers", "1"]
        assert main([str(root), *words, "--trackers", f"bright={FAKES}:Bright"]) == 0
    capsys.readouterr()
    parts, whole = [str(tmp_path / "part1"), str(tmp_path / "part2")], str(tmp_path / "whole")
    assert main(["merge", parts[0], "--out", whole]) == 1
    assert last_line(capsys) == "bright/folder: 2 sequences, 2 missing: clip1, clip3"
    assert main(["merge", *parts, "--out", whole]) == 0
    assert last_line(capsys) == "bright/folder: 4 sequences"
    words = ["report", "--benchmark", "folder", "--root", str(root), "--results", whole]
    assert main([*words, "--clips"]) == 0
    assert "data:image" not in (Path(whole) / "report-folder" / "report.html").read_text("utf-8")


def test_results_of_other_frameworks_join_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_clips(tmp_path / "clips", 2)
    for name in ("clip0", "clip1"):
        boxes = np.loadtxt(root / name / "groundtruth.txt", delimiter=",")
        trees.write_rows(tmp_path / "theirs" / f"{name}.txt", boxes, "\t")
    words = ["report", "--benchmark", "folder", "--root", str(root), "--results", str(tmp_path)]
    assert main([*words, "--foreign", f"theirs={tmp_path / 'theirs'}"]) == 0
    assert "clip0       95.2" in capsys.readouterr().out
    assert main([*words, "--foreign", "theirs"]) == 2
    twice = [f"t={tmp_path / 'theirs'}", f"t={tmp_path / 'ours'}"]
    capsys.readouterr()
    assert main([*words, "--foreign", *twice]) == 2
    assert "two trackers have one label: t" in capsys.readouterr().err
    shutil.copytree(tmp_path / "theirs", tmp_path / "t" / "folder")
    assert main([*words, "--foreign", twice[0]]) == 2
    assert "two trackers have one label: t" in capsys.readouterr().err
    shutil.rmtree(tmp_path / "t")
    assert main([*words, "--foreign", f"t={tmp_path / 'theirs'}", "--clips", "clip7"]) == 2
    assert "no sequence clip7 with pictures" in capsys.readouterr().err


@pytest.mark.parametrize("count", [17, 8])
def test_results_of_another_length_are_shown_as_far_as_they_go(tmp_path: Path, count: int) -> None:
    write_clip(tmp_path / "clips", "walk", frames=12)
    boxes = np.array([[index, 10.0, 12.0, 12.0] for index in range(count)])
    write_boxes(tmp_path / "theirs" / "walk.txt", boxes)
    words = ["report", "--benchmark", "folder", "--root", str(tmp_path / "clips")]
    words += ["--results", str(tmp_path), "--protocol", "pytracking", "--clips", "walk"]
    assert main([*words, "--foreign", f"theirs={tmp_path / 'theirs'}"]) == 0
    page = (tmp_path / "report-folder" / "report.html").read_text("utf-8")
    found = re.search(r'id="data">(.*?)</script>', page)
    assert found is not None
    shown = json.loads(found[1])["clips"][0]["boxes"]["theirs"]
    assert shown == [*boxes[:12].tolist(), *[None] * (12 - min(count, 12))]


def write_test_split(root: Path) -> None:
    """Make a GOT-10k test split, of which the first boxes are known."""
    names = [f"GOT-10k_Test_{number:06d}" for number in range(1, 181)]
    for name in names:
        write_clip(root / "test", name, frames=2)
        folder = root / "test" / name
        for path in sorted((folder / "img").iterdir()):
            path.rename(folder / f"{int(path.stem):08d}.jpg")
        first = (folder / "groundtruth.txt").read_text().splitlines()[0]
        (folder / "groundtruth.txt").write_text(first + "\n")
    trees.write(root / "test" / "list.txt", "\n".join(names) + "\n")


def test_a_test_split_is_run_packed_and_validated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, out = tmp_path / "got10k", tmp_path / "out"
    write_test_split(root)
    words = ["run", "--benchmark", "got10k", "--split", "test", "--root", str(root)]
    words += ["--workers", "1", "--out", str(out), "--trackers", f"bright={FAKES}:Bright"]
    assert main(words) == 0
    assert "`evaluate pack` packs results for a server" in last_line(capsys)
    test = ["--benchmark", "got10k", "--split", "test", "--root", str(root), "--results"]
    for words in (["report", *test, str(out)], ["score", *test, str(out / "bright/got10k-test")]):
        assert main(words) == 2
        assert "only the first frames are annotated" in capsys.readouterr().err
    archive = str(tmp_path / "upload.zip")
    words = ["pack", "--kind", "got10k", "--root", str(root), "--out", archive]
    assert main([*words, "--results", str(out / "bright" / "got10k-test")]) == 0
    assert main(["validate", archive, "--kind", "got10k", "--root", str(root)]) == 0
    assert "nothing wrong, as a submission to got10k" in last_line(capsys)
    assert main(["validate", str(root / "test" / "list.txt")]) == 2
    trees.write(root / "test" / "list.txt", "GOT-10k_Test_000001\nGOT-10k_Test_000002\n")
    capsys.readouterr()
    told = "the server of got10k asks for 180 sequences, "
    assert main([*words, "--results", str(out / "bright" / "got10k-test")]) == 2
    assert told in capsys.readouterr().err
    assert main(["validate", archive, "--kind", "got10k", "--root", str(root)]) == 2
    assert told in capsys.readouterr().err
    members = read_archive(Path(archive))
    write_archive(Path(archive), {name: members[name] for name in sorted(members)[:6]})
    assert main(["validate", archive]) == 1
    shown = capsys.readouterr().out
    assert "GOT-10k_Test_000004: its folder is missing" in shown
    assert "177 problems" in shown


def test_honesty_is_a_table_and_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, out = write_clips(tmp_path / "clips", 2), tmp_path / "honesty.json"
    words = ["honesty", "--benchmark", "folder", "--root", str(root), "--sequences", "clip1"]
    words += ["--starts", "2", "--backwards", "--threads", "1", "--out", str(out)]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "b0 on folder: 4 runs"
    assert lines[1].split() == ["box", "frames", "tracking", "uncertain", "lost"]
    written = json.loads(out.read_text())
    counts = written["trackers"]["b0"]["counts"]
    frames = [sum(states.values()) for states in counts.values()]
    assert [line.split()[-4] for line in lines[2:6]] == list(map(str, frames))
    assert sum(frames) == 8 + 4 + 8 + 4
    assert main([*words, "--trackers", f"{FAKES}:Bright"]) == 2
    assert "says none of tracking" in capsys.readouterr().err
    assert main([*words, "--sequences", "clip7"]) == 2
    assert "no sequence clip7" in capsys.readouterr().err


def test_everything_there_is_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    shown = capsys.readouterr().out
    for name in ("lasot", "got10k", "motchallenge", "pytracking", "nanotrack-v2", "b0"):
        assert name in shown


def test_data_sets_are_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_clips(tmp_path / "clips", 2)
    assert main(["--check", str(root), "--benchmark", "folder"]) == 0
    assert last_line(capsys).split() == ["folder", "2", "any", "2", "17", "complete"]
    next((root / "clip1" / "img").iterdir()).unlink()
    assert main(["--check", str(root), "--benchmark", "folder"]) == 1
    assert "8 pictures, its annotation 9 boxes" in capsys.readouterr().out
    assert main(["--check", str(root)]) == 2
    assert "has no folder of a benchmark's usual name" in capsys.readouterr().err
    trees.lasot(tmp_path / "LaSOT", "airplane-1", trees.truth(3))
    assert main(["--check", str(tmp_path)]) == 1
    assert "lasot" in capsys.readouterr().out


def test_other_frameworks_are_told_of_a_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for part in ("tracker", "parameter", "evaluation"):
        (tmp_path / "pytracking" / part).mkdir(parents=True)
    assert main(["install-pytracking", str(tmp_path)]) == 0
    assert last_line(capsys).endswith("python run_tracker.py lowtrack b0")
    assert (tmp_path / "pytracking" / "parameter" / "lowtrack" / "b0.py").is_file()
    assert main(["install-vot", str(tmp_path), "--no-trax"]) == 0
    assert last_line(capsys).endswith("vot evaluate lowtrack-b0-folder")
    assert main(["install-vot", str(tmp_path), "--model", "no-such-model"]) == 2
    assert main(["install-pytracking", str(tmp_path / "no")]) == 2
    assert "no checkout of visionml/pytracking" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "give a folder of clips, a command, --list or --check"),
        (["score"], "the following arguments are required"),
        (["merge", "/no/such", "--out", "OUT"], "/no/such is not the folder of a run"),
        (["validate", "/no/such.zip"], "/no/such.zip"),
        (["pack", "--kind", "smoke", "--results", ".", "--out", "OUT"], "invalid choice: 'smoke'"),
        (["run", "--benchmark", "motchallenge", "--root", "."], "has several targets"),
    ],
)
def test_mistakes_are_one_line(
    words: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "out") if word == "OUT" else word for word in words]) == 2
    shown = capsys.readouterr()
    assert told in shown.err
    assert shown.err.count("\n") == 1
    assert not (tmp_path / "out").exists()
