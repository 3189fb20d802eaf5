"""`apps/evaluate.py` as its users type it."""

import csv
import json
from pathlib import Path

import pytest

from apps.evaluate import main
from tests.eval.clips import write_clip, write_clips
from tests.eval.fake_trackers import RAISES

FAKES = "tests.eval.fake_trackers"


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    return write_clips(tmp_path / "clips")


def run_on(clips: Path, out: Path, *words: str) -> int:
    return main([str(clips), "--out", str(out), "--workers", "1", *words])


def test_a_folder_of_clips_is_all_it_needs(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    trackers = ["--trackers", f"bright={FAKES}:Bright", f"still={FAKES}:Still"]
    assert run_on(clips, out, *trackers) == 0
    screen = capsys.readouterr().out
    lines = [line.split() for line in screen.splitlines()]
    assert ["sequence", "bright", "still"] in lines
    assert lines[-4][:7] == ["tracker", "AUC", "P", "NP", "+-", "median", "ms"]
    assert lines[-3][:4] == ["bright", "95.2", "100.0", "100.0"]  # 20 of 21 thresholds are below 1
    assert lines[-2][0] == "still"
    report = json.loads((out / "report-folder" / "report.json").read_text())
    assert report["protocol"] == "plain"
    bright = report["trackers"]["bright"]
    assert bright["overall"]["success_auc"] == pytest.approx(20 / 21)
    assert bright["sequences"]["clip1"]["norm_precision"] == 1
    assert bright["sequences"]["clip1"]["speed"]["frames"] == 8
    assert len(bright["curves"]["success"]) == 21
    rows = list(csv.DictReader((out / "report-folder" / "report.csv").read_text().splitlines()))
    assert [row["sequence"] for row in rows] == ["clip0", "clip1", "clip2"] * 2
    for name in ("success.png", "precision.png", "norm_precision.png"):
        assert (out / "report-folder" / name).read_bytes().startswith(b"\x89PNG")
    assert r"bright & 95.2 & 100.0" in (out / "report-folder" / "report.tex").read_text()
    assert "| bright | 95.2 |" in (out / "report-folder" / "report.md").read_text()


def test_the_same_command_again_does_nothing_twice(clips: Path, tmp_path: Path) -> None:
    trackers = ["--trackers", f"still={FAKES}:Still"]
    assert run_on(clips, tmp_path / "out", *trackers) == 0
    file = tmp_path / "out/still/folder/clip1_time.txt"
    before = file.read_text()
    assert run_on(clips, tmp_path / "out", *trackers) == 0
    assert file.read_text() == before


def test_a_failing_sequence_is_listed_and_the_exit_code_tells(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_clip(clips, "spoiled", width=RAISES)
    assert run_on(clips, tmp_path / "out", "--trackers", f"moody={FAKES}:Moody") == 1
    shown = capsys.readouterr()
    assert "moody failed on spoiled: RuntimeError: bad mood" in shown.err
    assert "1 of 4 sequences failed" in shown.err
    assert "Traceback" not in shown.err
    assert shown.out.splitlines()[-2].split()[-3:] == ["3", "of", "4"]  # sequences scored
    assert "NOT THE WHOLE BENCHMARK: 3 of 4 sequences\n" in shown.out
    assert "moody: 1 sequences left out: spoiled (no result)\n" in shown.out
    text = (tmp_path / "out/moody/folder/failed/spoiled.txt").read_text()
    assert text.startswith("RuntimeError: bad mood\n")


def forget_after(clips: Path, name: str, line: int) -> None:
    """Take the annotation from all frames of a clip after some."""
    file = clips / name / "groundtruth.txt"
    rows = file.read_text().splitlines()
    file.write_text("\n".join([*rows[:line], *["nan,nan,nan,nan"] * len(rows[line:])]) + "\n")


def test_a_clip_with_its_first_box_only_does_not_hide_the_others(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forget_after(clips, "clip1", 1)
    assert run_on(clips, tmp_path / "out", "--trackers", f"bright={FAKES}:Bright") == 0
    shown = capsys.readouterr().out
    told = "bright: 1 sequences left out: clip1 (no frame after the first has a target)\n"
    assert told in shown
    assert "NOT THE WHOLE BENCHMARK: 2 of 3 sequences\n" in shown
    assert shown.splitlines()[-2].split()[-3:] == ["2", "of", "3"]
    text = (tmp_path / "out/report-folder/report.tex").read_text()
    assert "bright (2 of 3 sequences) & 95.2" in text


@pytest.mark.parametrize(
    ("known", "protocol", "told"),
    [
        (1, "plain", "only the first frames are annotated, so there is nothing to score\n"),
        (4, "pytracking", "NaN in the annotation, which the pytracking protocol refuses"),
    ],
)
def test_what_cannot_be_scored_is_not_run(
    known: int, protocol: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clips = write_clips(tmp_path / "clips", 1)
    forget_after(clips, "clip0", known)
    words = ["--protocol", protocol, "--trackers", f"bright={FAKES}:Bright"]
    assert run_on(clips, tmp_path / "out", *words) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_tracker_that_fails_everywhere_does_not_hide_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_clip(tmp_path / "clips", "spoiled", width=RAISES)
    trackers = ["--trackers", f"moody={FAKES}:Moody", f"bright={FAKES}:Bright"]
    assert run_on(tmp_path / "clips", tmp_path / "out", *trackers) == 1
    assert "bright" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run"], "the following arguments are required: --benchmark"),
        (["run", "--benchmark", "lasto"], "invalid choice: 'lasto'"),
        (["run", "--benchmark", "folder", "--root", "/no/such"], "/no/such, is not a folder"),
        (["/no/such"], "'/no/such' is neither a command (run, score, "),
        (["rnu", "--benchmark", "folder"], "install-vot) nor a folder of clips"),
        (["CLIPS", "--trackers", "no-such-model"], "no-such-model"),
        (["CLIPS", "--trackers", "csrt=mil", "csrt=mil"], "two trackers have one label"),
        (["CLIPS", "--trackers", "nanotrack-v2"], "nanotrack-v2 needs --peer-weights DIR"),
        (["CLIPS", "--workers", "0"], "number (at least 1) value: '0'"),
        (["CLIPS", "--trackers", "mil@openvino-int8"], "mil has no choice of engine"),
        (["CLIPS", "--timeout", "nan"], "nan is not a positive number"),
        (["CLIPS", "--shard", "1"], "'1' is not of the form 1/4"),
        (["CLIPS", "--shard", "5/4", "--trackers", "mil"], "there is no shard 5/4"),
        (["CLIPS", "--protocol", "pascal", "--trackers", "mil"], "invalid choice: 'pascal'"),
        (["CLIPS", "--clips", "nobody", "--trackers", "mil"], "no sequence nobody with pictures"),
        (["CLIPS", "--sequences", "nobody", "--trackers", "mil"], "has no sequence nobody"),
        (["report", "--benchmark", "folder", "--root", "CLIPS", "--results", "."], "no results"),
    ],
)
def test_mistakes_are_one_line(
    words: list[str], told: str, clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = [str(clips) if word == "CLIPS" else word for word in words]
    out = [] if "report" in words else ["--out", str(tmp_path / "out")]
    assert main([*filled, *out]) == 2
    shown = capsys.readouterr()
    assert told in shown.err
    assert shown.err.startswith("lowtrack evaluate: ")
    assert shown.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_report_anew_under_another_protocol(
    clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    run_on(clips, out, "--trackers", f"bright={FAKES}:Bright", f"still={FAKES}:Still")
    words = ["report", "--benchmark", "folder", "--root", str(clips), "--results", str(out)]
    words += ["--protocol", "got10k", "--trackers", "still", "--out", str(tmp_path / "again")]
    assert main(words) == 0
    report = json.loads((tmp_path / "again" / "report.json").read_text())
    assert report["protocol"] == "got10k"
    assert list(report["trackers"]) == ["still"]
    assert set(report["trackers"]["still"]["overall"]) == {"ao", "sr50", "sr75"}
    assert "protocol got10k" in capsys.readouterr().out
