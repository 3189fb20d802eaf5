"""Tell what a contest of networks came to: on the screen and in files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

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
        TrackerError: if something cannot be measured.
        ModuleNotFoundError: if a picture is wanted and matplotlib is missing; before the measuring.
    """
    for path in options.outputs:
        path.parent.mkdir(parents=True, exist_ok=True)
    if options.plot is not None:
        from apps.profile_network_plot import plot
    found = measure()
    print(describe(found))
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if options.csv is not None:
        write_csv(options.csv, found["rows"])
    if options.plot is not None:
        plot(options.plot, panels(found), f"{options.engine}, {options.device}")
    for path in options.outputs:
        print(f"written: {path}")
