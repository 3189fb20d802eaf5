"""A report as one HTML page that needs nothing else: no network, no other file."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path

from eval.json_text import as_json
from eval.report import JsonObject
from eval.report_text import provenance

_PARTS = Path(__file__).with_name("page")
_SCRIPTS = ("tables.js", "charts.js", "player.js", "page.js")


def page_text(data: JsonObject, clips: Sequence[JsonObject]) -> str:
    """Write a report, and clips of `eval.report_clips.clip_data` to be watched, as HTML."""
    content = {**data, "clips": list(clips), "provenance": provenance(data)}
    filled = {
        "TITLE": html.escape(f"{data['benchmark']}, protocol {data['protocol']}"),
        "STYLE": _read("page.css"),
        "SCRIPT": "\n".join(map(_read, _SCRIPTS)),
        # inside a script element "</" would end it, and "<!--" begin a comment
        "DATA": json.dumps(json.loads(as_json(content))).replace("<", "\\u003c"),
    }
    pieces = _read("page.html").split("{{")
    tails = [piece.partition("}}") for piece in pieces[1:]]
    return pieces[0] + "".join(filled[name] + rest for name, _, rest in tails)


def _read(name: str) -> str:
    """Read a part of the page."""
    return (_PARTS / name).read_text(encoding="utf-8")
