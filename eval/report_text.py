"""Reports as text: the table of a terminal, Markdown, CSV and rows of LaTeX."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from eval.report import JsonObject

Rows = list[list[str]]

TITLES = {
    "success_auc": "AUC",
    "precision": "P",
    "norm_precision": "NP",
    "ao": "AO",
    "sr50": "SR50",
    "sr75": "SR75",
}


def title_of(value: str) -> str:
    """Name a number as papers do."""
    return TITLES.get(value, value)


def summary_rows(data: JsonObject) -> Rows:
    """Tabulate trackers x overall numbers in percent, with speed; the best first."""
    values = value_names(data)
    head = ["tracker", *map(title_of, values), "median ms", "p95 ms", "sequences"]
    rows = []
    for label, each in ranked(data):
        speed = each["speed"]
        rows.append(
            [
                label,
                *(percent(each["overall"][value]) for value in values),
                *([f"{speed['median_ms']:.1f}", f"{speed['p95_ms']:.1f}"] if speed else ["-", "-"]),
                str(len(each["sequences"])),
            ]
        )
    return [head, *rows]


def sequence_rows(data: JsonObject, value: str) -> Rows:
    """Tabulate sequences x trackers for one number, in percent; - where there is no result."""
    trackers = ranked(data)
    names = list(dict.fromkeys(name for _, each in trackers for name in each["sequences"]))
    rows = [["sequence", *(label for label, _ in trackers)]]
    for name in names:
        found = [each["sequences"].get(name) for _, each in trackers]
        rows.append([name, *("-" if one is None else percent(one[value]) for one in found)])
    return rows


def attribute_rows(data: JsonObject, value: str) -> Rows:
    """Tabulate trackers x attributes for one number, in percent."""
    trackers = ranked(data)
    names = list(dict.fromkeys(name for _, each in trackers for name in each["attributes"]))
    rows = [["attribute", *(label for label, _ in trackers)]]
    for name in names:
        found = [each["attributes"].get(name) for _, each in trackers]
        rows.append([name, *("-" if one is None else percent(one[value]) for one in found)])
    return rows if names else []


def plain_table(rows: Rows) -> str:
    """Align columns with blanks, numbers to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


def markdown_table(rows: Rows) -> str:
    """Write rows as a Markdown table, numbers to the right."""
    rule = ["---", *["---:"] * (len(rows[0]) - 1)]
    escaped = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return "".join(f"| {' | '.join(row)} |\n" for row in [escaped[0], rule, *escaped[1:]])


def markdown_text(data: JsonObject) -> str:
    """Write a whole report as Markdown: what was measured how, then the tables."""
    value = value_names(data)[0]
    parts = [
        f"# {data['benchmark']}\n",
        f"Protocol `{data['protocol']}`: {data['protocol_title']}. Numbers are percent.\n",
        markdown_table(summary_rows(data)),
    ]
    attributes = attribute_rows(data, value)
    if attributes:
        parts += [f"## {title_of(value)} by attribute\n", markdown_table(attributes)]
    parts += [
        f"## {title_of(value)} by sequence\n",
        markdown_table(sequence_rows(data, value)),
        "## What was run\n",
        "".join(_provenance(label, each) for label, each in ranked(data)),
    ]
    return "\n".join(parts)


def _provenance(label: str, tracker: JsonObject) -> str:
    """Say in a few lines of Markdown what a tracker was, and where it ran."""
    manifest = tracker["manifest"]
    if manifest is None:
        return f"- {label}: results came as files\n"
    facts = [f"{key} {value}" for key, value in manifest["tracker"].items() if key != "label"]
    lines = [f"- {label}: {', '.join(facts)}\n"]
    if manifest["realtime"]:
        lines.append(
            f"  - frames dropped as a camera of {manifest['realtime']['fps']:g} fps would\n"
        )
    for each in manifest["runs"]:
        packages = ", ".join(f"{name} {version}" for name, version in each["versions"].items())
        lines.append(
            f"  - {each['started']} on {each['machine']['cpu']}, {each['workers']} processes of "
            f"{each['threads']} threads, commit {each['commit'] or 'unknown'}; {packages}\n"
        )
    dropped = tracker["dropped"]
    if dropped:
        lines.append(f"  - {len(dropped)} sequences left out: {', '.join(dropped)}\n")
    return "".join(lines)


def latex_rows(data: JsonObject) -> str:
    """Write a row of a LaTeX table for each tracker: name & numbers in percent & median ms."""
    return "".join(
        " & ".join(_latex(cell) for cell in row[:-2]) + r" \\" + "\n"
        for row in summary_rows(data)[1:]
    )


def csv_text(data: JsonObject) -> str:
    """Write a line for each tracker and sequence, with full precision."""
    values = value_names(data)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["tracker", "sequence", "frames", *values, "median_ms"])
    for label, each in data["trackers"].items():
        for name, found in each["sequences"].items():
            speed = "" if found["speed"] is None else found["speed"]["median_ms"]
            numbers = [found[value] for value in values]
            writer.writerow([label, name, found["frames"], *numbers, speed])
    return text.getvalue()


def value_names(data: JsonObject) -> list[str]:
    """List the protocol's numbers, the one that ranks trackers first."""
    return list(next(iter(data["trackers"].values()))["overall"])


def ranked(data: JsonObject) -> Sequence[tuple[str, JsonObject]]:
    """List the trackers, the best first."""
    value = value_names(data)[0]
    trackers = data["trackers"].items()
    return sorted(trackers, key=lambda item: item[1]["overall"][value], reverse=True)


def percent(share: float) -> str:
    """Write a share as papers do: percent with one digit."""
    return f"{100 * share:.1f}"


def _latex(text: str) -> str:
    """Escape what LaTeX would take for commands."""
    return "".join("\\" + letter if letter in "_%&#$" else letter for letter in text)
