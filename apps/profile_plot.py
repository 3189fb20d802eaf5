"""A profile as a picture. Needs matplotlib (the extra `eval`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from apps.profile_entrants import UPDATE
from apps.profile_run import Measured


def plot(path: Path, measured: Measured, title: str) -> None:
    """Draw where a frame's time goes, and every frame's time in the order of the frames."""
    figure = Figure(figsize=(10, 6), layout="constrained")
    bar, course = figure.subplots(2, 1, height_ratios=(1, 3))
    left = 0.0
    for name, seconds in measured.steps.items():
        ms = float(np.median(seconds)) * 1000
        bar.barh(0, ms, left=left, label=f"{name} {ms:.2f} ms")
        left += ms
    bar.set(yticks=[], xlabel="median of each step, ms")
    bar.legend(ncols=len(measured.steps), loc="lower center", bbox_to_anchor=(0.5, 1.0), fontsize=8)
    for name, rounds in measured.contest.times.items():
        ms_each = np.concatenate(rounds) * 1000
        width = 1.2 if name == UPDATE else 0.7
        course.plot(ms_each, label=f"{name}: median {np.median(ms_each):.2f} ms", linewidth=width)
    course.set(xlabel="frame", ylabel="ms", title=title, ylim=(0, None))
    course.grid(alpha=0.3)
    course.legend(fontsize=8)
    figure.savefig(path, dpi=120)
