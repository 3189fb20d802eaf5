"""Reports as text: the table of a terminal, Markdown, CSV and rows of LaTeX."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from eval.report import JsonObject
from eval.tables import (
    Rows,
    attribute_rows,
    csv_rows,
    latex_table,
    pair_rows,
    sequence_rows,
    summary_rows,
    title_of,
)

_NAMED = 10  # sequences; the JSON file has all
_LATEX = str.maketrans(
    {letter: f"\\{letter}" for letter in "_%&#${}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
)


def plain_table(rows: Sequence[Sequence[str]]) -> str:
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


def latex_rows(data: JsonObject) -> str:
    """Write a row of a LaTeX table for each tracker: name & numbers in percent.

    Comments above it say of what they are; a mark beside the name stays in print.
    """
    about = [f"{data['benchmark']}, protocol {data['protocol']}", *data["notes"], *omissions(data)]
    rows = [map(_latex, row) for row in latex_table(data)]
    lines = [*(f"% {line}" for line in about), *(" & ".join(row) + r" \\" for row in rows)]
    return "".join(f"{line}\n" for line in lines)


def csv_text(data: JsonObject) -> str:
    """Write a line for each tracker and sequence, with full precision."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(csv_rows(data))
    return text.getvalue()


def markdown_text(data: JsonObject) -> str:
    """Write a whole report as Markdown: what was measured how, then the tables."""
    value = title_of(data["values"][0])
    best = next(iter(data["trackers"]))
    parts = [
        f"# {data['benchmark']}\n",
        f"Protocol `{data['protocol']}`: {data['protocol_title']}. Numbers are percent; +- is half "
        f"the 95 % interval of {value}, from resampled sequences.\n",
        *(f"**{note}**\n" for note in data["notes"]),
        markdown_table(summary_rows(data)),
    ]
    mark = f" ({data['mark']})" if data["mark"] else ""
    further = [
        (f"{value} of {best} against the others", pair_rows(data)),
        (f"{value} by attribute", attribute_rows(data)),
        (f"{value} by sequence", sequence_rows(data)),
    ]
    for title, rows in further:
        if rows:
            parts += [f"## {title}{mark}\n", markdown_table(rows)]
    parts += ["## What was run\n", "".join(f"- {line}\n" for line in provenance(data))]
    return "\n".join(parts)


def provenance(data: JsonObject) -> list[str]:
    """Say in lines what each tracker was, where it ran, and what was left out."""
    trackers = data["trackers"].items()
    facts = [f"{label}: {fact}" for label, each in trackers for fact in _facts(each["manifest"])]
    return facts + omissions(data)


def omissions(data: JsonObject) -> list[str]:
    """Say in lines what was left out of each tracker's numbers, and why."""
    trackers = data["trackers"].items()
    return [f"{label}: {fact}" for label, each in trackers for fact in left_out(each["dropped"])]


def left_out(dropped: Mapping[str, str]) -> list[str]:
    """Say in a line for each reason how many sequences were left out, and name some."""
    lines = []
    for reason in dict.fromkeys(dropped.values()):
        names = [name for name in dropped if dropped[name] == reason]
        listed = ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
        lines.append(f"{len(names)} sequences left out: {listed} ({reason})")
    return lines


def _facts(manifest: JsonObject | None) -> list[str]:
    """Say in lines what a manifest says."""
    if manifest is None:
        return ["results came as files"]
    made_of = [f"{key} {value}" for key, value in manifest["tracker"].items() if key != "label"]
    lines = [", ".join(made_of)]
    if manifest["realtime"]:
        lines.append(f"frames dropped as a camera of {manifest['realtime']['fps']:g} fps does")
    for run in manifest["runs"]:
        packages = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
        lines.append(
            f"{run['started']} on {run['machine']['cpu']}, {run['workers']} processes of "
            f"{run['threads']} threads, commit {run['commit'] or 'unknown'}; {packages}"
        )
    return lines


def _latex(text: str) -> str:
    """Escape what LaTeX would take for commands."""
    return text.translate(_LATEX)
