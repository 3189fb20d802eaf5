"""Curves and radar charts as pictures. Needs matplotlib (the extra `eval`)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from eval.errors import ProtocolError
from eval.report import JsonObject
from eval.tables import percent, title_of

_AXES = {
    "success": ("overlap threshold", "success rate"),
    "precision": ("distance of centres, pixels", "precision"),
    "norm_precision": ("distance of centres, box sizes", "normalized precision"),
}


def save_curves(data: JsonObject, folder: Path) -> list[Path]:
    """Draw every curve of a report as a PNG file named after it.

    Raises:
        ProtocolError: matplotlib is not installed.
    """
    curves = [name for name in data["thresholds"] if name in _AXES]
    return [_save_curve(data, name, folder / f"{name}.png") for name in curves]


def save_radar(data: JsonObject, path: Path) -> Path | None:
    """Draw the first number of every attribute; None where the benchmark has fewer than three.

    Raises:
        ProtocolError: matplotlib is not installed.
    """
    value, trackers = data["values"][0], data["trackers"]
    names = sorted({name for each in trackers.values() for name in each["attributes"]})
    if len(names) < 3:
        return None
    figure = _figure(7.0, 6.0)
    axes = figure.add_subplot(projection="polar")
    angles = [2 * math.pi * index / len(names) for index in range(len(names) + 1)]
    for each in trackers.values():
        around = [each["attributes"].get(name, {}).get(value, 0.0) for name in names]
        axes.plot(angles, [*around, around[0]])
    axes.set_xticks(angles[:-1], names)
    axes.set_ylim(0, 1)
    axes.set_title(_titled(f"{data['benchmark']}: {title_of(value)} by attribute", data))
    _name_lines(axes, trackers, loc="upper right", bbox_to_anchor=(1.35, 1.1))
    return _save(figure, path)


def _save_curve(data: JsonObject, curve: str, path: Path) -> Path:
    """Draw one curve of all trackers, with the number that is read from it in the legend."""
    figure = _figure(6.4, 4.8)
    axes = figure.add_subplot()
    value = "success_auc" if curve == "success" else curve
    names = []
    for label, each in data["trackers"].items():
        number = each["overall"].get(value)
        names.append(label if number is None else f"{label} [{percent(number)}]")
        axes.plot(data["thresholds"][curve], each["curves"][curve])
    across, up = _AXES[curve]
    axes.set(xlabel=across, ylabel=up, ylim=(0, 1), xlim=(0, max(data["thresholds"][curve])))
    axes.set_title(_titled(data["benchmark"], data))
    axes.grid(alpha=0.3)
    _name_lines(axes, names)
    return _save(figure, path)


def _name_lines(axes: Any, names: Iterable[str], **place: Any) -> None:
    """Add a legend of names as they are: matplotlib hides a line named _x and takes $ for maths."""
    lines = axes.get_lines()
    legend = axes.legend(lines, [""] * len(lines), fontsize=8, **place)
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set(text=name, parse_math=False)


def _titled(title: str, data: JsonObject) -> str:
    """Add the protocol, and how many sequences there are where some are lacking."""
    return f"{title} ({data['protocol']})" + (f"\n{data['mark']}" if data["mark"] else "")


def _figure(width: float, height: float) -> Any:  # matplotlib is optional
    """Make an empty figure that needs no display, sizes in inches."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise ProtocolError("plots need matplotlib: pip install 'lowtrack[eval]'") from error
    return Figure(figsize=(width, height), layout="constrained")


def _save(figure: Any, path: Path) -> Path:
    """Write a figure as PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    return path
