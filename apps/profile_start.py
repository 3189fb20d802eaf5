"""The time to a tracker's first box, and its memory: measured in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from apps.command import CommandError
from apps.model_options import ModelOptions

_CHILD = "from apps.profile_start_child import main; main()"


@dataclass(frozen=True, slots=True)
class Start:
    """What one fresh process came to."""

    import_s: float  # `import tracker`
    load_s: float  # `tracker.load`
    first_box_s: float  # `init` and the first `update`, on 1280x720 pixels of noise
    memory_mb: float | None  # resident, after some updates; None where the system does not tell
    torch: bool  # whether torch was imported

    @property
    def total_s(self) -> float:
        """From `import tracker` to the first box."""
        return self.import_s + self.load_s + self.first_box_s

    def values(self) -> dict[str, float | bool | None]:
        """By name, for a file."""
        return {**asdict(self), "total_s": self.total_s}


def measure_start(options: ModelOptions, times: int = 3) -> Start:
    """Start some processes, one after the other; return the one in the middle.

    Raises:
        CommandError: if a tracker cannot be started with these options.
    """
    starts = sorted((_start(options) for _ in range(times)), key=lambda start: start.total_s)
    return starts[times // 2]


def _start(options: ModelOptions) -> Start:
    root = str(Path(__file__).resolve().parents[1])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, json.dumps(asdict(options))],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        raise CommandError(f"a tracker cannot be started in a process of its own: {said[-1]}")
    return Start(**json.loads(done.stdout.splitlines()[-1]))
