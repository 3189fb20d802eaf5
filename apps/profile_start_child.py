"""What `profile_start` has done in a process of its own; imports nothing that a tracker would."""

from __future__ import annotations

import json
import sys
import time

_UPDATES = 20  # until memory has its lasting size


def main() -> None:
    """Start a tracker with the options in `sys.argv[1]`; print a `Start` as JSON, as they are."""
    options = json.loads(sys.argv[1])
    start = time.perf_counter()
    import tracker

    imported = time.perf_counter()
    t = tracker.load(**options)
    loaded = time.perf_counter()
    import numpy as np

    frame = np.random.default_rng(0).integers(0, 256, (720, 1280, 3), np.uint8)
    begin = time.perf_counter()
    t.init(frame, (600, 320, 80, 80))
    t.update(frame)
    done = time.perf_counter()
    for _ in range(_UPDATES):
        t.update(frame)
    found = {
        "import_s": imported - start,
        "load_s": loaded - imported,
        "first_box_s": done - begin,
        "memory_mb": _resident_mb(),
        "torch": "torch" in sys.modules,
    }
    print(json.dumps(found))


def _resident_mb() -> float | None:
    """Megabytes (10^6 bytes) of this process in memory; None where the system does not tell."""
    from pathlib import Path

    status = Path("/proc/self/status")
    lines = status.read_text(encoding="utf-8").splitlines() if status.is_file() else []
    for line in lines:
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    return None
