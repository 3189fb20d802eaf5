"""The picture of a run's log shows all that the run's stage tells."""

import csv
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from apps.train_plot import drawn, plot

BESIDE = {"step", "steps", "samples", "samples_per_s", "left_s", "loss", "norm"}
TRACKED = {"iou", "stranger", "valid_score", "valid_sr50"}
LOGGED = {
    "features": {"features", "valid_score"},
    "head": {"score", "logits", "box", "presence", "correlation", "layers", *TRACKED},
    "pairs": {"score", "box", "truth", "presence", "features", *TRACKED},
    "presence": {"presence", "right", "blank", "stranger", "valid_score", "valid_sr50"},
}


def labels(figure: Figure) -> list[list[str]]:
    return [[str(line.get_label()) for line in axes.lines] for axes in figure.axes]


@pytest.mark.parametrize("stage", LOGGED)
def test_everything_that_a_stage_logs_is_drawn_once(stage: str) -> None:
    names = sorted(LOGGED[stage] | BESIDE)
    panels = labels(drawn({name: [(20, 1.0), (40, 0.5)] for name in names}))
    shown = sorted(name for panel in panels for name in panel)
    assert shown == sorted(LOGGED[stage] | {"loss", "samples_per_s"})
    answers = TRACKED | {"right", "blank"}
    assert set(panels[1]) == LOGGED[stage] - answers
    assert set(panels[2]) == LOGGED[stage] & answers


def test_a_panel_without_lines_has_no_legend() -> None:
    figure = drawn({"loss": [(20, 1.0)]})
    assert [axes.get_legend() is not None for axes in figure.axes] == [True, False, False, False]


def test_a_log_becomes_a_picture(tmp_path: Path) -> None:
    with (tmp_path / "log.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["step", "name", "value"], [20, "loss", 1.5], [40, "loss", 1]])
    plot(tmp_path, tmp_path / "log.png")
    assert (tmp_path / "log.png").stat().st_size > 1000
