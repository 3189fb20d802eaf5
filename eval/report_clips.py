"""Clips for the page of a report: small pictures, true boxes, boxes of the trackers."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from eval.picture import read_picture
from eval.report import JsonObject
from eval.sequence import Sequence

Floats = NDArray[np.float64]

_WIDTH = 400  # pixels of the pictures on the page
_STEPS = 120  # pictures of a clip; longer ones are thinned
_QUALITY = 60  # of JPEG, in percent


def worst_sequences(data: JsonObject, count: int) -> list[str]:
    """Name the sequences on which the best tracker is worst."""
    best = next(iter(data["trackers"].values()))
    numbers = {name: found[data["values"][0]] for name, found in best["sequences"].items()}
    known = [name for name in numbers if not math.isnan(numbers[name])]
    return sorted(known, key=lambda name: numbers[name])[:count]


def clip_data(sequence: Sequence, boxes_xywh: Mapping[str, Floats]) -> JsonObject:
    """Gather what the page needs to play a sequence.

    Args:
        sequence: with its pictures.
        boxes_xywh: tracker -> (T, 4) in 0-based pixels.

    Returns:
        name, frames (indices of the T' shown), pictures (data URLs), shown (width, height), scale
        (shown pixels per pixel), truth and boxes (T' of xywh or None).

    Raises:
        BenchmarkError: a picture is missing or damaged.
    """
    count = len(sequence)
    frames = np.unique(np.linspace(0, count - 1, min(count, _STEPS)).round().astype(int)).tolist()
    pictures, shown, scale = [], (0, 0), 1.0
    for index in frames:
        picture = read_picture(sequence.frames[index])
        height, width = picture.shape[:2]
        scale = min(_WIDTH / width, 1.0)
        shown = (round(width * scale), round(height * scale))
        small = cv2.resize(picture, shown, interpolation=cv2.INTER_AREA)
        _, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        pictures.append("data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode())
    return {
        "name": sequence.name,
        "frames": frames,
        "pictures": pictures,
        "shown": list(shown),
        "scale": scale,
        "truth": _rows(sequence.truth, frames),
        "boxes": {label: _rows(boxes, frames) for label, boxes in boxes_xywh.items()},
    }


def _rows(boxes_xywh: Floats, frames: list[int]) -> list[Any]:
    """Pick the boxes of some frames; None where there is none."""
    rows = [boxes_xywh[index] for index in frames]
    return [row.round(2).tolist() if np.isfinite(row).all() else None for row in rows]
