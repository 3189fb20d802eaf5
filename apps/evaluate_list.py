"""`evaluate --list` and `evaluate --check ROOT`: what there is to measure, and on what."""

from __future__ import annotations

from pathlib import Path

import tracker
from apps.command import EXIT_OK, CommandError
from apps.evaluate_options import EXIT_FAILED
from eval.benchmarks import BENCHMARKS, Report, check, check_all
from eval.peers import PEERS
from eval.report_text import plain_table
from eval.result_folders import STYLES
from eval.score import protocol_names
from eval.submission import KINDS


def show_list() -> int:
    """Print every name that the options take."""
    rows = [["benchmark", "title", "protocol", "sequences", "splits"]]
    for name, each in BENCHMARKS.items():
        splits = " ".join(each.splits[:3]) + (" ..." if len(each.splits) > 3 else "")
        count = str(each.expected(None) or "any")
        rows.append([name, each.title, each.protocol, count, splits or "-"])
    print(plain_table(rows))
    print("on disk, below the root:")
    for name, each in BENCHMARKS.items():
        print(f"  {name}: {each.layout}")
    print(f"\nprotocols: {' '.join(protocol_names())}")
    print(f"styles of results: {' '.join(STYLES)}")
    print(f"submissions: {' '.join(KINDS)}")
    print(f"packaged trackers: {' '.join(tracker.available()) or 'none'}")
    print(f"peers: {' '.join(PEERS)}")
    return EXIT_OK


def show_check(root: Path, benchmark: str | None) -> int:
    """Say of each benchmark below a folder whether it is complete; the exit code tells too.

    Raises:
        CommandError: there is none.
    """
    reports = check_all(root) if benchmark is None else [check(benchmark, root)]
    if not reports:
        known = sorted({folder for each in BENCHMARKS.values() for folder in each.folders})
        raise CommandError(
            f"{root} has no folder of a benchmark's usual name ({', '.join(known)}); "
            "with --benchmark NAME the folder may have any name"
        )
    rows = [["benchmark", "sequences", "of", "with pictures", "frames", "state"]]
    rows += [_row(report) for report in reports]
    print(plain_table(rows), end="")
    return EXIT_FAILED if any(report.problem for report in reports) else EXIT_OK


def _row(report: Report) -> list[str]:
    """Tabulate what was found of one benchmark."""
    counts = [report.found, report.official or "any", report.pictured, report.frames]
    return [report.name, *map(str, counts), report.problem or "complete"]
