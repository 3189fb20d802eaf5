"""Draw the log of a training run."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

from matplotlib.figure import Figure

from apps.command import CommandError

_PANELS = (
    ("loss", ("loss",)),
    ("parts of the loss", ("score", "box", "truth", "features")),
    ("overlap and answers", ("iou", "stranger", "valid_score", "valid_sr50")),
    ("samples a second", ("samples_per_s",)),
)


def plot(run: Path, target: Path) -> None:
    """Write a picture of RUN/log.csv: losses, overlap, validation and speed over steps."""
    series: dict[str, list[tuple[int, float]]] = defaultdict(list)
    path = run / "log.csv"
    if not path.is_file():
        raise CommandError(f"no log at {path}: is {run} the folder of a training run?")
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            series[row["name"]].append((int(row["step"]), float(row["value"])))
    figure = Figure(figsize=(10, 7), layout="constrained")
    for axes, (title, names) in zip(figure.subplots(2, 2).flat, _PANELS, strict=True):
        for name in names:
            if points := series.get(name):
                axes.plot(*zip(*points, strict=True), label=name)
        axes.set(title=title, xlabel="step")
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(target)
