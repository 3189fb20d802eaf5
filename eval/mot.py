"""Measures of several targets - HOTA, CLEAR, IDF1 - through TrackEval."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eval.benchmarks.motchallenge import TargetVideo, read_targets, read_videos, split_folder
from eval.errors import BenchmarkError, ProtocolError, ResultsError
from eval.protocols import Scores, SequenceScore

if TYPE_CHECKING:
    from types import ModuleType

Floats = NDArray[np.float64]

_CLASS = "pedestrian"


def score_targets(
    root: Path, results: Path, split: str | None = None, *, partial: bool = False
) -> Scores:
    """Score MOTChallenge results, a file VIDEO.txt each, as its server does.

    HOTA, DetA, AssA and LocA are means over 19 overlaps from 0.05 to 0.95 (Luiten et al., IJCV
    2021); MOTA, MOTP and the counts are CLEAR's and IDF1 is Identity's, both at an overlap of 0.5.
    With `partial`, videos without a result are left out, and listed, instead of failing.

    Raises:
        BenchmarkError: the data set is not as expected.
        ResultsError: the results are missing, damaged, or have an id twice in a frame.
        ProtocolError: TrackEval is not installed.
    """
    trackeval = _trackeval()
    every = list(read_videos(root, split))
    videos = [each for each in every if not partial or (results / f"{each.name}.txt").is_file()]
    if not videos:
        raise ResultsError(f"{results} has no result for any of {len(every)} videos")
    for video in videos:
        _check(results / f"{video.name}.txt", video)
    with contextlib.redirect_stdout(io.StringIO()):  # TrackEval reports as it goes
        measures = [
            trackeval.metrics.HOTA(),
            trackeval.metrics.CLEAR({"PRINT_CONFIG": False, "THRESHOLD": 0.5}),
            trackeval.metrics.Identity({"PRINT_CONFIG": False, "THRESHOLD": 0.5}),
        ]
        dataset = _dataset(trackeval, split_folder(root, split), results, videos)
        found = {each.name: _measured(dataset, measures, results.name, each) for each in videos}
        overall = [
            measure.combine_sequences({name: parts[index] for name, parts in found.items()})
            for index, measure in enumerate(measures)
        ]
    return Scores(
        protocol="mot",
        thresholds={"hota": np.arange(0.05, 0.99, 0.05)},
        overall=_values(overall),
        curves=_curves(overall),
        sequences={
            video.name: SequenceScore(_values(parts), _curves(parts), video.length)
            for video, parts in zip(videos, found.values(), strict=True)
        },
        attributes={},
        dropped={each.name: "no result" for each in every if each not in videos},
    )


def _trackeval() -> ModuleType:
    try:
        import trackeval  # noqa: PLC0415  # an extra, slow to import
    except ImportError as error:
        raise ProtocolError(
            "measures of several targets need TrackEval: pip install 'lowtrack[eval]'"
        ) from error
    module: ModuleType = trackeval
    return module


def _check(path: Path, video: TargetVideo) -> None:
    """Refuse what TrackEval would choke on."""
    if not path.is_file():
        raise ResultsError(f"no result file {path}")
    try:
        rows = read_targets(path, video.length)
    except BenchmarkError as error:
        raise ResultsError(f"not a file of targets: {error}") from error
    if len(np.unique(rows[:, :2], axis=0)) != len(rows):
        raise ResultsError(f"{path}: an id occurs twice in one frame")


def _dataset(trackeval: ModuleType, folder: Path, results: Path, videos: list[TargetVideo]) -> Any:
    """Open the two folders as TrackEval's MOTChallenge data set."""
    first = videos[0]
    classless = bool((first.rows[:, 7] < 0).all())
    return trackeval.datasets.MotChallenge2DBox(
        {
            "PRINT_CONFIG": False,
            "GT_FOLDER": str(folder),
            "TRACKERS_FOLDER": str(results.parent),
            "TRACKERS_TO_EVAL": [results.name],
            "TRACKER_SUB_FOLDER": "",
            "SKIP_SPLIT_FOL": True,
            "SEQ_INFO": {video.name: video.length for video in videos},
            "BENCHMARK": "MOT15" if classless else first.name.split("-")[0],
        }
    )


def _measured(
    dataset: Any, measures: list[Any], tracker: str, video: TargetVideo
) -> list[Mapping[str, Any]]:
    raw = dataset.get_raw_seq_data(tracker, video.name)
    data = dataset.get_preprocessed_seq_data(raw, _CLASS)
    return [measure.eval_sequence(data) for measure in measures]


def _curves(parts: list[Mapping[str, Any]]) -> dict[str, Floats]:
    return {"hota": np.asarray(parts[0]["HOTA"])}


def _values(parts: list[Mapping[str, Any]]) -> dict[str, float]:
    """Pick the numbers that are reported; counts are of frames or tracks, the rest in [0, 1]."""
    hota, clear, identity = parts
    means = {name.lower(): float(np.mean(hota[name])) for name in ("HOTA", "DetA", "AssA", "LocA")}
    rates = {name.lower(): float(clear[name]) for name in ("MOTA", "MOTP")}
    rates |= {name.lower(): float(identity[name]) for name in ("IDF1", "IDP", "IDR")}
    names = {"CLR_FP": "false_positives", "CLR_FN": "misses", "IDSW": "switches"}
    return means | rates | {ours: float(clear[theirs]) for theirs, ours in names.items()}
