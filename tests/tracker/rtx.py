"""TensorRT-RTX, which builds engines without a GPU, in a process of its own: it may end that."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_BUILD = """\
import sys
from pathlib import Path
from tracker import EngineError
from tracker.runtime.tensorrt_build import RTX, build_plan, find_flavour
flavour = find_flavour((RTX,))
for graph, precision in zip(sys.argv[1::2], sys.argv[2::2]):
    try:
        print(len(build_plan(flavour, Path(graph), precision, usual=1, most=32)))
    except EngineError as error:
        print(error)
"""


def build(*graphs: Path, precision: str) -> list[str]:
    """The sizes of the engines that are built, bytes; or why one is not."""
    return run(_BUILD, *(each for graph in graphs for each in (str(graph), precision))).splitlines()


def run(code: str, *arguments: str) -> str:
    """What the code prints; the test is skipped where TensorRT-RTX is not installed."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if "cannot be imported" in done.stderr:
        pytest.skip("TensorRT-RTX is not installed: pip install 'lowtrack[tensorrt-rtx]'")
    assert done.returncode == 0, done.stderr
    return done.stdout
