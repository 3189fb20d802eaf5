"""Folders of results, in the styles of the common frameworks: who keeps which file where."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from eval.errors import ResultsError
from eval.results import read_boxes, read_values

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Style:
    """Where a framework keeps the files of a sequence, below the folder of one tracker.

    Attributes:
        boxes: path with {name}; {run} where it keeps several runs, numbered from 001.
        times: paths of the seconds per frame.
        scores: paths of the confidence per frame.
    """

    boxes: str
    times: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()


STYLES: Mapping[str, Style] = MappingProxyType(
    {
        "lowtrack": Style("{name}.txt", ("{name}_time.txt",), ("{name}_score.txt",)),
        "pytracking": Style(
            "{name}.txt", ("{name}_time.txt",), ("{name}_object_presence_scores.txt",)
        ),
        "lasot": Style("{name}.txt"),
        "pysot": Style("{name}.txt"),
        "got10k": Style("{name}/{name}_{run}.txt", ("{name}/{name}_time.txt",)),
        "got10k-otb": Style("{name}.txt", ("times/{name}_time.txt",)),
        "vot": Style("baseline/{name}/{name}_{run}.txt", ("baseline/{name}/{name}_time.txt",)),
        "vot-lt": Style(
            "longterm/{name}/{name}_{run}.txt",
            ("longterm/{name}/{name}_time.txt",),
            ("longterm/{name}/{name}_001_confidence.value",),
        ),
    }
)
AUTO = "auto"

_RUN = "[0-9][0-9][0-9]"
_NOT_BOXES = re.compile(r"_(time|score|scores|confidence|object_presence_scores)$")
_PREFIX = re.compile(r"^(uav|nfs|otb|tpl)_")
_SAME = {"human4": "human4_2"}  # what several frameworks call OTB's Human4-2


def read_results(folder: Path, names: Iterable[str], style: str = AUTO) -> dict[str, Floats]:
    """Read the boxes of every sequence that has some.

    Args:
        folder: the results of one tracker.
        names: the sequences, by the benchmark's names. A file may spell one otherwise in case,
            in - _ or . and, as pytracking does, begin with uav_ or nfs_.
        style: a name of STYLES, or "auto" to try them all.

    Returns:
        name -> (T, 4) xywh in the coordinates of the file, or (R, T, 4) if R > 1 runs are kept.

    Raises:
        ResultsError: the folder or the style does not exist, a file is damaged, or runs differ in
            length.
    """
    return {
        name: _stacked([read_boxes(file) for file in files], name)
        for name, files in _box_files(folder, names, style).items()
    }


def names_in(folder: Path, names: Iterable[str], style: str = AUTO) -> list[str]:
    """List those of `names` that have results, without reading them.

    Raises:
        ResultsError: the folder or the style does not exist.
    """
    return list(_box_files(folder, names, style))


def read_scores(folder: Path, names: Iterable[str], style: str = AUTO) -> dict[str, Floats]:
    """Read the confidences (T,) of every sequence that has some.

    Raises:
        ResultsError: the style does not exist, a file is damaged or has several numbers a line.
    """
    paths = [path for each in _styles(style) for path in each.scores]
    scores = _read_values(folder, names, paths)
    for name, values in scores.items():
        if values.ndim > 1:
            raise ResultsError(f"{name}: {len(values)} confidences in a line, expected one a frame")
    return scores


def read_times(folder: Path, names: Iterable[str], style: str = AUTO) -> dict[str, Floats]:
    """Read the seconds per frame of every sequence that has some.

    Returns:
        name -> (T,), or (R, T) where they are those of R > 1 runs.

    Raises:
        ResultsError: the style does not exist or a file is damaged.
    """
    paths = [path for each in _styles(style) for path in each.times]
    return _read_values(folder, names, paths)


def _styles(style: str) -> list[Style]:
    if style == AUTO:
        return list(STYLES.values())
    if style not in STYLES:
        raise ResultsError(f"no style {style!r} of results; there are: auto, {', '.join(STYLES)}")
    return [STYLES[style]]


def _box_files(folder: Path, names: Iterable[str], style: str) -> dict[str, list[Path]]:
    """Find the files of every sequence that has some."""
    if not folder.is_dir():
        raise ResultsError(f"the folder of results {folder} does not exist")
    listed = list(names)
    styles, spelled = _styles(style), _spellings(folder, listed)
    found = {name: _files(folder, name, styles, spelled) for name in listed}
    return {name: files for name, files in found.items() if files}


def _files(folder: Path, name: str, styles: list[Style], spelled: Mapping[str, Path]) -> list[Path]:
    """Find the files of a sequence: by its exact name in each style, else by another spelling."""
    for style in styles:
        path = style.boxes.format(name=glob.escape(name), run=_RUN)
        files = sorted(folder.glob(path))
        if files and files[0].is_file():
            return files
    other = spelled.get(_plain(name))
    return [other] if other is not None else []


def _spellings(folder: Path, names: Iterable[str]) -> dict[str, Path]:
    """Index the box files right in a folder that are no sequence's own by their plain names."""
    own = set(names)
    files = [path for path in sorted(folder.glob("*.txt")) if path.stem not in own]
    return {_plain(path.stem): path for path in files if not _NOT_BOXES.search(path.stem)}


def _plain(name: str) -> str:
    """Reduce a name to what all spellings of it share."""
    plain = _PREFIX.sub("", re.sub(r"[-.]", "_", name.lower()))
    return _SAME.get(plain, plain)


def _stacked(runs: list[Floats], name: str) -> Floats:
    if len({len(run) for run in runs}) > 1:
        raise ResultsError(f"{name}: its {len(runs)} runs have different numbers of boxes")
    return runs[0] if len(runs) == 1 else np.stack(runs)


def _read_values(folder: Path, names: Iterable[str], paths: list[str]) -> dict[str, Floats]:
    """Read files of numbers, named as the sequence is or as its boxes are."""
    listed = list(names)
    values, spelled = {}, _spellings(folder, listed)
    for name in listed:
        boxes = spelled.get(_plain(name))
        stems = [name] if boxes is None else [name, boxes.stem]
        files = [folder / path.format(name=stem) for stem in stems for path in paths]
        file = next((file for file in files if file.is_file()), None)
        if file is not None:
            values[name] = read_values(file)
    return values
