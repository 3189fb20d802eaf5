"""How long scoring takes: a data set of LaSOT's size made of chance, and the clock."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks import read
from eval.benchmarks.lasot_names import TEST
from eval.protocols import PROTOCOLS, score
from eval.result_folders import read_results

Floats = NDArray[np.float64]

FRAMES = 685_360


def write_lasot(root: Path, results: Path, frames: int = FRAMES) -> None:
    """Write annotations in LaSOT's layout, without pictures, and results that are near them.

    Args:
        root: where the test split's 280 sequences go.
        results: where NAME.txt of an imagined tracker go.
        frames: of all sequences together.
    """
    rng = np.random.default_rng(0)
    lengths = np.diff(np.linspace(0, frames, len(TEST) + 1).astype(int))
    results.mkdir(parents=True, exist_ok=True)
    for name, length in zip(TEST, lengths.tolist(), strict=True):
        folder = root / name.rpartition("-")[0] / name
        folder.mkdir(parents=True, exist_ok=True)
        corners, sides = rng.integers(1, 900, (length, 2)), rng.integers(10, 300, (length, 2))
        truth = np.hstack([corners, sides]).astype(np.float64)
        boxes = np.maximum(truth + rng.normal(0, 12, truth.shape), 1.0)
        _write(folder / "groundtruth.txt", truth, "%d,%d,%d,%d\n")
        _write(results / f"{name}.txt", boxes, "%.4f,%.4f,%.4f,%.4f\n")
        for flag in ("full_occlusion", "out_of_view"):
            marks = rng.random(length) < 0.03
            marks[0] = False
            text = ",".join("1" if mark else "0" for mark in marks.tolist())
            (folder / f"{flag}.txt").write_text(text, encoding="utf-8")


def time_scoring(root: Path, results: Path) -> dict[str, float]:
    """Score a folder of results on LaSOT under every protocol.

    Returns:
        What took how many seconds of the processor: "read", each protocol by its name, "total".
    """
    start = time.process_time()
    sequences = read("lasot", root)
    boxes = read_results(results, [sequence.name for sequence in sequences])
    taken = {"read": time.process_time() - start}
    for protocol in PROTOCOLS:
        begun = time.process_time()
        score(sequences, boxes, protocol)
        taken[protocol] = time.process_time() - begun
    return taken | {"total": time.process_time() - start}


def _write(path: Path, rows: Floats, form: str) -> None:
    path.write_text("".join(form % tuple(row) for row in rows.tolist()), encoding="utf-8")
