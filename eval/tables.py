"""The tables of a report as rows of text, numbers in percent."""

from __future__ import annotations

import math

from eval.report import JsonObject

Rows = list[list[str]]

_TITLES = {
    "success_auc": "AUC",
    "precision": "P",
    "norm_precision": "NP",
    "ao": "AO",
    "sr50": "SR50",
    "sr75": "SR75",
    "f_score": "F",
    "recall": "Re",
}


def title_of(value: str) -> str:
    """Name a number as papers do."""
    return _TITLES.get(value, value)


def percent(share: float | None) -> str:
    """Write a share as papers do, in percent with one digit; - for none."""
    return "-" if share is None or math.isnan(share) else f"{100 * share:.1f}"


def summary_rows(data: JsonObject) -> Rows:
    """Tabulate trackers x overall numbers, with half the 95 % interval of the first, and speed."""
    values, coverage = data["values"], data["coverage"]
    whole = coverage["official"] or coverage["present"]
    rows = [["tracker", *map(title_of, values), "+-", "median ms", "p95 ms", "sequences"]]
    for label, each in data["trackers"].items():
        numbers = [percent(each["overall"][value]) for value in values]
        ends, speed = each["intervals"].get(values[0]), each["speed"]
        half = "-" if ends is None else percent((ends[1] - ends[0]) / 2)
        times = ["-", "-"] if speed is None else [_ms(speed["median_ms"]), _ms(speed["p95_ms"])]
        rows.append([label, *numbers, half, *times, f"{each['scored']} of {whole}"])
    return rows


def latex_table(data: JsonObject) -> Rows:
    """Tabulate what a paper has: trackers x overall numbers; the label says if some are lacking."""
    rows = []
    for label, each in data["trackers"].items():
        name = f"{label} ({each['mark']})" if each["mark"] else label
        rows.append([name, *(percent(each["overall"][value]) for value in data["values"])])
    return rows


def sequence_rows(data: JsonObject) -> Rows:
    """Tabulate sequences x trackers for the first number; - where there is no result."""
    return _by_name(data, "sequences", "sequence")


def attribute_rows(data: JsonObject) -> Rows:
    """Tabulate attributes x trackers for the first number; [] where the benchmark has none."""
    rows = _by_name(data, "attributes", "attribute")
    return rows if len(rows) > 1 else []


def pair_rows(data: JsonObject) -> Rows:
    """Tabulate the best tracker against the others; [] for a single one."""
    rows = [["against", "difference", "95 % interval", "p", "wins", "losses"]]
    for pair in data["pairs"]:
        ends = [percent(pair["low"]), percent(pair["high"])]
        interval = "-" if pair["low"] is None else " to ".join(ends)
        counts = [str(pair["wins"]), str(pair["losses"])]
        difference, chance = percent(pair["difference"]), f"{pair['p_value']:.4f}"
        rows.append([pair["second"], difference, interval, chance, *counts])
    return rows if len(rows) > 1 else []


def csv_rows(data: JsonObject) -> Rows:
    """Tabulate a line for each tracker and sequence, as shares with full precision."""
    values = data["values"]
    rows = [["tracker", "sequence", "frames", *values, "median_ms"]]
    for label, each in data["trackers"].items():
        for name, found in each["sequences"].items():
            speed = "" if found["speed"] is None else repr(found["speed"]["median_ms"])
            numbers = [repr(found[value]) for value in values]
            rows.append([label, name, str(found["frames"]), *numbers, speed])
    return rows


def _by_name(data: JsonObject, part: str, title: str) -> Rows:
    """Tabulate the first number of a part of every tracker's data."""
    value, trackers = data["values"][0], data["trackers"]
    names = list(dict.fromkeys(name for each in trackers.values() for name in each[part]))
    rows = [[title, *trackers]]
    for name in names:
        found = [each[part].get(name, {}).get(value) for each in trackers.values()]
        rows.append([name, *map(percent, found)])
    return rows


def _ms(milliseconds: float) -> str:
    """Write milliseconds with one digit."""
    return f"{milliseconds:.1f}"
