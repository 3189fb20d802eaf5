"""Time against MACs, as a picture. Needs matplotlib (the extra `eval`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter

from apps.profile_network_report import Point


def plot(path: Path, panels: Mapping[str, Sequence[Point]], title: str) -> None:
    """Draw a panel each, both axes logarithmic, with lines along which MACs a second are equal.

    Args:
        path: of the picture.
        panels: by title, from left to right.
        title: of the whole.
    """
    figure = Figure(figsize=(6.4 * len(panels), 5.6), layout="constrained")
    figure.suptitle(title)
    all_axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (name, points) in zip(all_axes, panels.items(), strict=True):
        axes.set(xscale="log", yscale="log", title=name, xlabel="million MACs", ylabel="ms")
        for group in dict.fromkeys(point.group for point in points):
            _scatter(axes, group, [point for point in points if point.group == group])
        _lines_of_equal_speed(axes, points)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(LogFormatter())
            axis.set_minor_formatter(LogFormatter(labelOnlyBase=False))
        axes.legend(fontsize=7)
    figure.savefig(path, dpi=120)


def _scatter(axes: Any, group: str, points: Sequence[Point]) -> None:
    """Points of one colour; neighbours have their labels on different sides."""
    xs, ys = [point.macs / 1e6 for point in points], [point.ms for point in points]
    axes.scatter(xs, ys, label=group, s=22)
    for index, (point, x, y) in enumerate(zip(points, xs, ys, strict=True)):
        right, above = index % 2 == 0, index % 4 < 2
        axes.annotate(
            point.label,
            (x, y),
            xytext=(4 if right else -4, 3 if above else -3),
            textcoords="offset points",
            ha="left" if right else "right",
            va="bottom" if above else "top",
            fontsize=7,
        )


def _lines_of_equal_speed(axes: Any, points: Sequence[Point]) -> None:
    """A thin line for each power of ten of MACs a second near the points."""
    macs = np.array([point.macs for point in points], dtype=np.float64)
    ms = np.array([point.ms for point in points])
    speeds = macs / ms / 1e6  # GMAC/s
    ends = np.array([macs.min() / 1.5, macs.max() * 2]) / 1e6
    axes.set(xlim=ends, ylim=(ms.min() / 1.5, ms.max() * 1.5))
    first, last = np.floor(np.log10(speeds.min())), np.ceil(np.log10(speeds.max()))
    for speed in 10.0 ** np.arange(first, last + 1):
        axes.plot(ends, ends / speed, color="0.8", linewidth=0.8, zorder=0)
        axes.annotate(
            f"{speed:g} GMAC/s", (ends[0], ends[0] / speed), fontsize=6, color="0.5", clip_on=True
        )
