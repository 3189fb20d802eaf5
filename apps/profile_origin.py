"""When, where and with what something was measured."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.machine import commit, machine, versions


def origin() -> dict[str, Any]:
    """Date, commit, machine and versions, as a report keeps them."""
    return {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "commit": commit(Path(__file__).parent),
        "machine": dict(machine()),
        "versions": dict(versions()),
    }


def origin_lines(found: Mapping[str, Any]) -> list[str]:
    """Put machine, commit and versions of a report into words."""
    place = found["machine"]
    return [
        f"{place['cpu']}, {place['cores']} cores"
        + (f"; {place['gpu']}" if place["gpu"] else "")
        + f"; {place['system']}; commit {found['commit'][:12] or 'unknown'}",
        ", ".join(f"{name} {version}" for name, version in found["versions"].items()),
    ]
