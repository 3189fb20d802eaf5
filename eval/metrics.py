"""Overlaps, centre distances and curves: pure functions of box arrays.

The toolkits of the benchmarks differ in the last digits, so two conventions stand side by side:
*continuous* boxes end at x + w, *pixel* boxes (Matlab's, from the OTB toolkit) at x + w - 1, which
changes nothing but the rounding and the centre. The order of the operations is kept as in the
toolkits: a threshold that a value meets exactly falls on the same side here as there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

OVERLAP_THRESHOLDS: Floats = np.arange(21, dtype=np.float64) * 0.05
PIXEL_THRESHOLDS: Floats = np.arange(51, dtype=np.float64)
NORM_THRESHOLDS: Floats = np.arange(51, dtype=np.float64) / 100


def overlaps(boxes_xywh: Floats, others_xywh: Floats) -> Floats:
    """Intersection over union of continuous boxes (N, 4), (N, 4) -> (N,); NaN if both are empty."""
    near = np.maximum(boxes_xywh[:, :2], others_xywh[:, :2])
    far = np.minimum(boxes_xywh[:, :2] + boxes_xywh[:, 2:], others_xywh[:, :2] + others_xywh[:, 2:])
    sides = np.maximum(far - near, 0)
    return _ratio(sides, boxes_xywh, others_xywh)


def pixel_overlaps(boxes_xywh: Floats, others_xywh: Floats) -> Floats:
    """Intersection over union of pixel boxes (N, 4), (N, 4) -> (N,); NaN if both are empty."""
    near = np.maximum(boxes_xywh[:, :2], others_xywh[:, :2])
    far = np.minimum(
        boxes_xywh[:, :2] + boxes_xywh[:, 2:] - 1, others_xywh[:, :2] + others_xywh[:, 2:] - 1
    )
    sides = np.maximum(far - near + 1, 0)
    return _ratio(sides, boxes_xywh, others_xywh)


def _ratio(sides: Floats, boxes_xywh: Floats, others_xywh: Floats) -> Floats:
    shared = sides[:, 0] * sides[:, 1]
    area = boxes_xywh[:, 2] * boxes_xywh[:, 3] + others_xywh[:, 2] * others_xywh[:, 3]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(shared / (area - shared))


def pixel_centres(boxes_xywh: Floats) -> Floats:
    """Middle of pixel boxes (N, 4) -> (N, 2) xy: the middle of 0, 1, 2 is 1."""
    return boxes_xywh[:, :2] + (boxes_xywh[:, 2:] - 1) / 2


def distances(points_xy: Floats, others_xy: Floats) -> Floats:
    """Euclidean distances (N, 2), (N, 2) -> (N,)."""
    step = points_xy - others_xy
    return np.asarray(np.sqrt(step[:, 0] ** 2 + step[:, 1] ** 2))


def count_above(values: Floats, thresholds: Floats) -> Floats:
    """How many of `values` (N,) are greater than each threshold (K,) -> (K,); NaN never is."""
    known = np.sort(values[~np.isnan(values)])
    return known.size - np.searchsorted(known, thresholds, side="right").astype(np.float64)


def count_within(values: Floats, thresholds: Floats) -> Floats:
    """How many of `values` (N,) are at most each threshold (K,) -> (K,); NaN never is."""
    known = np.sort(values[~np.isnan(values)])
    return np.searchsorted(known, thresholds, side="right").astype(np.float64)


def hold_last(boxes_xywh: Floats, invalid: NDArray[np.bool_]) -> Floats:
    """Replace every invalid row but the first by the row before it, as that stands by then."""
    source = np.arange(len(boxes_xywh))
    source[1:][invalid[1:]] = 0
    return boxes_xywh[np.maximum.accumulate(source)]
