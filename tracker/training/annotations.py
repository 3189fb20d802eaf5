"""What is known of training pictures: the boxes of a clip, and a list of photographs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.errors import TrackerError

Floats = NDArray[np.float64]


class CorpusError(TrackerError):
    """The folder of training data is missing or damaged."""


def clip_folders(root: Path) -> list[Path]:
    """The folders of all clips of the training folder `root`, in order of their names."""
    return [path for path in sorted((root / "sequences").glob("*")) if path.is_dir()]


def read_clip(folder: Path) -> tuple[list[Path], Floats]:
    """The N frames of a clip, and the target's boxes in them, (N, 4) xywh; NaN where it is absent.

    Raises:
        CorpusError: if a line is no box, or there are not as many boxes as frames.
    """
    path, images = folder / "groundtruth.txt", folder / "img"
    lines = enumerate(_text(path).splitlines(), start=1)
    boxes = [_box(line, f"{path}:{number}") for number, line in lines if line.strip()]
    frames = sorted(images.glob("*.jpg"))
    if len(frames) != len(boxes):
        raise CorpusError(f"{path}: {len(boxes)} boxes, but {len(frames)} pictures {images}/*.jpg")
    return frames, np.array(boxes, dtype=np.float64).reshape(-1, 4)


def seen(boxes_xywh: Floats, least: float = 2.0) -> NDArray[np.intp]:
    """Which of (N, 4) boxes show something: all numbers are finite, no side is below `least`."""
    return np.flatnonzero(np.isfinite(boxes_xywh).all(1) & (boxes_xywh[:, 2:] >= least).all(1))


def sha256_of(pictures: Iterable[Path], boxes_xywh: Iterable[Floats]) -> str:
    """The sha256, in hexadecimal, of pictures' files and then of boxes."""
    sha = hashlib.sha256()
    for path in pictures:
        sha.update(path.read_bytes())
    for boxes in boxes_xywh:
        sha.update(boxes.tobytes())
    return sha.hexdigest()


def read_stills(listing: Path) -> list[tuple[str, Floats]]:
    """Names of photographs, and the boxes known in each, (N, 4) xywh.

    Raises:
        CorpusError: if it is no such list.
    """
    try:
        entries = json.loads(_text(listing))
    except ValueError as error:
        raise CorpusError(f"cannot read {listing}: {error}") from error
    if not isinstance(entries, list):
        raise CorpusError(f"{listing}: expected a list of photographs")
    return [_still(entry, f"{listing}, entry {i}") for i, entry in enumerate(entries, start=1)]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise CorpusError(f"cannot read {path}: {error.strerror}") from error


def _box(line: str, place: str) -> tuple[float, float, float, float]:
    try:
        x, y, w, h = map(float, line.split(","))
    except ValueError as error:
        raise CorpusError(
            f"{place}: expected x,y,w,h, or NaN,NaN,NaN,NaN without a target, got {line!r}"
        ) from error
    return x, y, w, h


def _still(entry: Any, place: str) -> tuple[str, Floats]:  # whatever JSON can hold
    try:
        name, boxes = str(entry["file"]), entry.get("boxes") or []
        return name, np.array(boxes, dtype=np.float64).reshape(len(boxes), 4)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CorpusError(
            f'{place}: expected {{"file": NAME, "boxes": [[x, y, w, h], ...] or null}}, got {entry}'
        ) from error
