"""Reports in text: the numbers, their order, and what they say of where they come from."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from eval.benchmarks import read
from eval.contestant import parse
from eval.errors import ResultsError
from eval.json_text import as_json
from eval.plots import save_curves, save_radar
from eval.report import JsonObject, as_data
from eval.report_page import page_text
from eval.report_text import csv_text, latex_rows, markdown_text, plain_table
from eval.results import write_boxes
from eval.run import Plan, prepare, run
from eval.sequence import Sequence
from eval.standing import standings
from eval.tables import attribute_rows, pair_rows, sequence_rows, summary_rows
from tests.eval.clips import write_clips
from tests.eval.fake_trackers import run_here
from tests.eval.trees import write_rows

FAKES = "tests.eval.fake_trackers"


@pytest.fixture
def sequences(tmp_path: Path) -> list[Sequence]:
    names = [frozenset({"OCC", "SV", "FM"}), frozenset({"OCC"}), frozenset({"FM"})]
    found = read("folder", write_clips(tmp_path / "clips"))
    return [replace(s, attributes=each) for s, each in zip(found, names, strict=True)]


@pytest.fixture
def data(sequences: list[Sequence], tmp_path: Path) -> JsonObject:
    """A report on a tracker that stands still and one that is never wrong."""
    entries = parse(f"st_ill={FAKES}:Still"), parse(f"bright={FAKES}:Bright")
    plan = Plan(entries, "folder", None, tuple(sequences), tmp_path / "out")
    list(run(plan, prepare(plan), run_here))
    folders = {entry.label: plan.folder(entry) for entry in entries}
    return as_data("folder", standings(folders, sequences, "otb"))


def test_the_best_comes_first_with_its_interval_and_speed(data: JsonObject) -> None:
    head, first, second = summary_rows(data)
    assert head == ["tracker", "AUC", "P", "NP", "+-", "median ms", "p95 ms", "sequences"]
    assert first[:5] == ["bright", "95.2", "100.0", "100.0", "0.0"]
    assert first[-1] == second[-1] == "3 of 3"
    assert second[0] == "st_ill"
    assert float(second[4]) > 0
    assert 0 < data["trackers"]["bright"]["speed"]["median_ms"] < 100
    assert data["trackers"]["bright"]["speed"]["frames"] == 7 + 8 + 9


def test_sequences_attributes_and_pairs_are_tabulated(data: JsonObject) -> None:
    assert [row[0] for row in sequence_rows(data)] == ["sequence", "clip0", "clip1", "clip2"]
    assert sequence_rows(data)[1][:2] == ["clip0", "95.2"]
    assert [row[0] for row in attribute_rows(data)] == ["attribute", "FM", "OCC", "SV"]
    alone = data["trackers"]["st_ill"]["attributes"]["SV"]["success_auc"]
    assert alone == data["trackers"]["st_ill"]["sequences"]["clip0"]["success_auc"]
    (_, pair) = pair_rows(data)
    assert pair[0] == "st_ill"
    assert pair[-2:] == ["3", "0"]


def test_markdown_latex_and_csv_have_the_same_numbers(data: JsonObject) -> None:
    text = markdown_text(data)
    assert "Protocol `otb`" in text
    assert "| bright | 95.2 | 100.0 | 100.0 | 0.0 |" in text
    assert f"- bright: source {FAKES}:Bright, code_sha256" in text
    assert latex_rows(data).splitlines()[:3] == [
        "% folder, protocol otb",
        "% 3 of 3 sequences",
        r"bright & 95.2 & 100.0 & 100.0 \\",
    ]
    assert r"st\_ill & " in latex_rows(data)
    rows = list(csv.DictReader(csv_text(data).splitlines()))
    assert len(rows) == 6
    assert float(rows[0]["success_auc"]) == pytest.approx(20 / 21)
    assert json.loads(as_json(data))["trackers"]["bright"]["overall"]["precision"] == 1


def test_numbers_that_are_none_become_null() -> None:
    assert json.loads(as_json({"a": [float("nan"), {"b": float("inf")}], "c": 1.5})) == {
        "a": [None, {"b": None}],
        "c": 1.5,
    }


def test_columns_line_up() -> None:
    assert plain_table([["name", "x"], ["a", "10.5"]]) == "name     x\na     10.5\n"


def test_plots_are_pictures(data: JsonObject, tmp_path: Path) -> None:
    saved = [*save_curves(data, tmp_path), save_radar(data, tmp_path / "radar.png")]
    assert [path.name for path in saved if path] == [
        "success.png",
        "precision.png",
        "norm_precision.png",
        "radar.png",
    ]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in saved if path)
    for tracker in data["trackers"].values():
        tracker["attributes"] = {}
    assert save_radar(data, tmp_path / "none.png") is None


def test_awkward_labels_stand_in_plots_and_latex_as_they_are(
    data: JsonObject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    def remember(figure: Figure, path: Path, **_: object) -> None:
        figure.canvas.draw()
        legend = figure.axes[0].get_legend()
        assert legend is not None
        drawn.extend(text.get_text() for text in legend.get_texts())
        path.touch()

    monkeypatch.setattr(Figure, "savefig", remember)
    labels = ["_ours", r"$\foo$"]
    data["trackers"] = dict(zip(labels, data["trackers"].values(), strict=True))
    save_curves(data, tmp_path)
    save_radar(data, tmp_path / "radar.png")
    assert [text.split(" [")[0] for text in drawn] == labels * 4
    data["trackers"] = {r"a~b^{2}\c": data["trackers"]["_ours"]}
    told = r"a\textasciitilde{}b\textasciicircum{}\{2\}\textbackslash{}c & 95.2"
    assert told in latex_rows(data)


def test_results_of_other_frameworks_have_no_manifest(
    sequences: list[Sequence], tmp_path: Path
) -> None:
    write_rows(tmp_path / "clip1.txt", sequences[1].truth, "\t")
    data = as_data("folder", standings({"theirs": tmp_path}, sequences, "otb"))
    assert data["trackers"]["theirs"]["dropped"] == {"clip0": "no result", "clip2": "no result"}
    assert data["trackers"]["theirs"]["speed"] is None
    assert "- theirs: results came as files\n" in markdown_text(data)
    assert "2 sequences left out: clip0, clip2 (no result)" in markdown_text(data)
    assert summary_rows(data)[1][-3:] == ["-", "-", "1 of 3"]
    assert data["notes"] == ["NOT THE WHOLE BENCHMARK: 1 of 3 sequences"]


def test_trackers_are_ranked_on_the_sequences_that_all_have(
    sequences: list[Sequence], tmp_path: Path
) -> None:
    hard = sequences[2]
    for each in sequences:
        boxes = each.truth + np.array([1.0, 0, 0, 0]) * (100 if each is hard else 1)
        write_boxes(tmp_path / "a" / f"{each.name}.txt", boxes)
    for each in sequences[:2]:  # the hard one is missing
        write_boxes(tmp_path / "b" / f"{each.name}.txt", each.truth + np.array([2.0, 0, 0, 0]))
    folders = {"b": tmp_path / "b", "a": tmp_path / "a"}
    data = as_data("folder", standings(folders, sequences, "otb"), official=100)
    assert list(data["trackers"]) == ["a", "b"]
    assert list(data["trackers"]["a"]["sequences"]) == ["clip0", "clip1"]
    assert [pair["second"] for pair in data["pairs"]] == ["b"]
    assert data["coverage"] == {"scored": 2, "present": 3, "official": 100}
    notes = [
        "NOT THE WHOLE BENCHMARK: 2 of 100 official sequences, 3 on the disk",
        "common to all: 2; b has 2, a has 3",
    ]
    missing = [
        "a: 1 sequences left out: clip2 (no result of b)",
        "b: 1 sequences left out: clip2 (no result)",
    ]
    for text in (markdown_text(data), latex_rows(data), page_text(data, [])):
        assert all(line in text for line in [*notes, *missing])
    assert r"a (2 of 100 official sequences) & " in latex_rows(data)
    assert "## AUC by sequence (2 of 100 official sequences)\n" in markdown_text(data)
    assert summary_rows(data)[1][-1] == "2 of 100"


def test_sequences_that_left_the_mean_are_not_counted(
    sequences: list[Sequence], tmp_path: Path
) -> None:
    for each in sequences:
        write_boxes(tmp_path / "good" / f"{each.name}.txt", each.truth)
        lost = each.truth + np.array([0.0 if each is sequences[0] else 5000, 0, 0, 0])
        lost[0, 0] += 5000
        write_boxes(tmp_path / "lost" / f"{each.name}.txt", lost)
    unknown = [
        replace(s, annotation=s.truth * [[np.nan], *[[1]] * (len(s) - 1)]) for s in sequences
    ]
    folders = {label: tmp_path / label for label in ("good", "lost")}
    data = as_data("folder", standings(folders, unknown, "lasot"))
    assert [row[-1] for row in summary_rows(data)[1:]] == ["3 of 3", "1 of 3"]
    assert data["coverage"] == {"scored": 1, "present": 3, "official": 0}
    assert data["notes"] == ["NOT THE WHOLE BENCHMARK: 1 of 3 sequences"]
    text = latex_rows(data)
    assert r"lost (1 of 3 sequences) & " in text
    assert "\ngood & " in text
    assert "lost: 2 sequences left out: clip1, clip2 (zero everywhere in " in text
    assert "**NOT THE WHOLE BENCHMARK: 1 of 3 sequences**" in markdown_text(data)


def test_a_subset_with_first_boxes_only_is_not_for_a_server(
    sequences: list[Sequence], tmp_path: Path
) -> None:
    first = sequences[0]
    first.truth[1:] = np.nan
    write_boxes(tmp_path / f"{first.name}.txt", np.ones((len(first), 4)))
    with pytest.raises(ResultsError, match="clip0: no frame after the first has a target"):
        standings({"a": tmp_path}, sequences, "plain")


def test_trackers_without_a_common_sequence_are_not_compared(
    sequences: list[Sequence], tmp_path: Path
) -> None:
    for label, each in zip("ab", sequences, strict=False):
        write_boxes(tmp_path / label / f"{each.name}.txt", each.truth)
    folders = {label: tmp_path / label for label in "ab"}
    with pytest.raises(ResultsError, match="result of every tracker: a has 1, b has 1 of 3"):
        standings(folders, sequences, "otb")


def test_times_of_all_runs_count(sequences: list[Sequence], tmp_path: Path) -> None:
    first = sequences[0]
    for number in (1, 2):
        write_boxes(tmp_path / first.name / f"{first.name}_00{number}.txt", first.truth)
    rows = [[9.0, 9.0]] + [[0.01, 0.03]] * (len(first) - 1)
    write_rows(tmp_path / first.name / f"{first.name}_time.txt", rows)
    (found,) = standings({"a": tmp_path}, [first], "otb")
    assert found.speed is not None
    assert found.speed.median_ms == pytest.approx(20)
    assert found.speed.frames == 2 * len(first) - 2


def test_long_term_protocols_are_reported_without_curves(
    sequences: list[Sequence], tmp_path: Path
) -> None:
    for each in sequences:
        write_boxes(tmp_path / f"{each.name}.txt", each.truth)
        np.savetxt(tmp_path / f"{each.name}_score.txt", np.full(len(each), 0.9))
    data = as_data("folder", standings({"sure": tmp_path}, sequences, "vot-lt"))
    assert summary_rows(data)[0][:5] == ["tracker", "F", "P", "Re", "+-"]
    assert summary_rows(data)[1][:5] == ["sure", "94.1", "100.0", "88.8", "-"]
    assert save_curves(data, tmp_path) == []
    (tmp_path / "clip1.txt").unlink()
    (dropped,) = standings({"sure": tmp_path}, sequences, "vot-lt")
    assert dropped.scores.dropped == {"clip1": "no result"}


def test_no_results_are_an_error(sequences: list[Sequence], tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="no sequence with a result"):
        standings({"nobody": tmp_path}, sequences, "otb")
