"""Tell what a contest of networks came to: on the screen and in files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from apps.profile_network_options import NetworkOptions
from apps.profile_network_report import Point, Report, write_csv

Panels = Mapping[str, Sequence[Point]]


def measure_and_write(
    options: NetworkOptions,
    measure: Callable[[], Report],
    describe: Callable[[Report], str],
    panels: Callable[[Report], Panels],
) -> None:
    """Measure, print, and write the files that the user wants.

    Args:
        options: where to write.
        measure: returns the report.
        describe: puts it into words.
        panels: takes the points for the picture from it.

    Raises:
        TrackerError: if something cannot be measured or written.
        ModuleNotFoundError: if a picture is wanted and matplotlib is missing; before the measuring.
    """
    options.outputs.check()
    found = measure()
    print(describe(found))

    def draw(path: Path) -> None:
        from apps.profile_network_plot import plot

        plot(path, panels(found), f"{options.engine}, {options.device}")

    options.outputs.write(found, lambda path: write_csv(path, found["rows"]), draw)
