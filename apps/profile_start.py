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

_UPDATES = 20  # until memory has its lasting size
_CHILD = """\
import json, sys, time
options = json.loads(sys.argv[1])
start = time.perf_counter()
import tracker
imported = time.perf_counter()
t = tracker.load(**options)
loaded = time.perf_counter()
import numpy
frame = numpy.random.default_rng(0).integers(0, 256, (720, 1280, 3), numpy.uint8)
begin = time.perf_counter()
t.init(frame, (600, 320, 80, 80))
t.update(frame)
done = time.perf_counter()
for _ in range(int(sys.argv[2])):
    t.update(frame)
print(json.dumps([imported - start, loaded - imported, done - begin, "torch" in sys.modules]))
sys.stdin.read()
"""


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
    command = [sys.executable, "-c", _CHILD, json.dumps(asdict(options)), str(_UPDATES)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
    ) as process:
        assert process.stdout is not None  # for mypy: it is a pipe
        answer = process.stdout.readline()
        memory = resident_mb(process.pid) if answer else None
        _, errors = process.communicate()
    if not answer:
        last = errors.strip().splitlines()[-1:] or [f"it ended with {process.returncode}"]
        raise CommandError(f"a tracker cannot be started in a process of its own: {last[0]}")
    imported, loaded, first, torch = json.loads(answer)
    return Start(imported, loaded, first, memory, torch)


def resident_mb(pid: int) -> float | None:
    """Megabytes (10^6 bytes) of a process in memory; None where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    if not status.is_file():
        return None
    for line in status.read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    return None
