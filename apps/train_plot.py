"""Draw the log of a training run."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

from matplotlib.figure import Figure

from apps.command import CommandError
from apps.picture import check_picture

LOG = "log.csv"
Series = dict[str, list[tuple[int, float]]]  # name -> step and value

_PANELS = {
    "loss": ("loss",),
    "parts of the loss": (),  # all that is named nowhere here
    "overlap and answers": ("iou", "stranger", "right", "blank", "valid_score", "valid_sr50"),
    "samples a second": ("samples_per_s",),
}
_UNSEEN = ("step", "steps", "samples", "left_s", "norm")


def plot(run: Path, target: Path) -> None:
    """Write a picture of RUN/log.csv: losses, overlap, validation and speed over steps.

    Raises:
        CommandError: if there is no log, or `target` is no name of a picture.
    """
    check_picture(target)
    drawn(_series(run)).savefig(target)
    print(f"{target}: drawn from {run / LOG}")


def drawn(series: Series) -> Figure:
    """All that was logged, in four panels."""
    elsewhere = {name for names in _PANELS.values() for name in names}.union(_UNSEEN)
    parts = tuple(name for name in series if name not in elsewhere)
    figure = Figure(figsize=(10, 7), layout="constrained")
    for axes, (title, names) in zip(figure.subplots(2, 2).flat, _PANELS.items(), strict=True):
        for name in names or parts:
            if points := series.get(name):
                axes.plot(*zip(*points, strict=True), label=name)
        axes.set(title=title, xlabel="step")
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend()
    return figure


def _series(run: Path) -> Series:
    series: Series = defaultdict(list)
    path = run / LOG
    if not path.is_file():
        raise CommandError(f"no log at {path}: is {run} the folder of a training run?")
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            try:
                series[row["name"]].append((int(row["step"]), float(row["value"])))
            except (KeyError, TypeError, ValueError) as error:
                raise CommandError(f"{path} is no log of a training run: {row}") from error
    return series
