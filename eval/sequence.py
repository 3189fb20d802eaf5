"""What a benchmark is made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Sequence:
    """One video, one target, its true boxes and what its benchmark says of its frames.

    Attributes:
        name: the benchmark's own name of the sequence.
        frames: the T pictures in order; empty when only the annotation was at hand.
        truth: (T, 4) xywh in 0-based pixels; rows of NaN where the target is absent or unknown.
        attributes: short official names, such as "OCC", of what is hard about the sequence.
        image_size: (width, height) in pixels where the annotation tells it.
        category: the kind of target, such as "airplane".
        benchmark: the name of the benchmark it is read from; some protocols treat some differently.
        origin: the official files' coordinate of the first pixel, 0 or 1.
        omitted: how many frames the annotation has before the first one here, which the benchmark's
            toolkit leaves out.
        annotation: (T, 4) xywh exactly as the official file has it (origin included, and whatever
            it says of absent frames); None if that is `truth` itself. Protocols score these rows.
        full_occlusion: (T,) LaSOT's flag: nothing of the target is seen.
        out_of_view: (T,) LaSOT's flag: the target has left the picture.
        absent: (T,) GOT-10k's absence label, or another benchmark's word for "not there".
        cover: (T,) GOT-10k's visible share in eighths, 0 to 8.
    """

    name: str
    frames: tuple[Path, ...]
    truth: Floats
    attributes: frozenset[str] = frozenset()
    image_size: tuple[int, int] | None = None
    category: str | None = None
    benchmark: str = ""
    origin: int = 0
    omitted: int = 0
    annotation: Floats | None = None
    full_occlusion: Flags | None = None
    out_of_view: Flags | None = None
    absent: Flags | None = None
    cover: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        if self.truth.ndim != 2 or self.truth.shape[1] != 4:
            raise ValueError(f"{self.name}: truth must be (T, 4), got {self.truth.shape}")
        if self.frames and len(self.frames) != len(self.truth):
            raise ValueError(
                f"{self.name}: {len(self.frames)} pictures but {len(self.truth)} true boxes"
            )
        per_frame = (
            self.annotation,
            self.full_occlusion,
            self.out_of_view,
            self.absent,
            self.cover,
        )
        for array in per_frame:
            if array is not None and len(array) != len(self.truth):
                raise ValueError(
                    f"{self.name}: {len(array)} labels but {len(self.truth)} true boxes"
                )

    def __len__(self) -> int:
        """Number of annotated frames, T."""
        return len(self.truth)

    @property
    def official(self) -> Floats:
        """(T, 4) xywh in the coordinates of the official files, to which results are compared."""
        return self.truth if self.annotation is None else self.annotation

    @property
    def hidden(self) -> Flags:
        """(T,) frames in which LaSOT's flags say that nothing of the target is seen."""
        return self._any_of(self.full_occlusion, self.out_of_view)

    @property
    def away(self) -> Flags:
        """(T,) frames that the annotation flags as without target, by whichever flags it has."""
        return self._any_of(self.full_occlusion, self.out_of_view, self.absent)

    def _any_of(self, *flags: Flags | None) -> Flags:
        found = np.zeros(len(self), dtype=np.bool_)
        for each in flags:
            if each is not None:
                found |= each
        return found

    def without_omitted(self, boxes_xywh: Floats) -> Floats:
        """Cut boxes (..., T', 4) of a run that began at the annotation's very first frame."""
        began_early = boxes_xywh.shape[-2] == len(self) + self.omitted
        return boxes_xywh[..., self.omitted :, :] if began_early else boxes_xywh

    def to_official(self, boxes_xywh: Floats) -> Floats:
        """Move 0-based boxes (T, 4) to the origin of the benchmark's own files."""
        return np.asarray(boxes_xywh + np.array([self.origin, self.origin, 0.0, 0.0]))

    def to_pixels(self, boxes_xywh: Floats) -> Floats:
        """Move boxes (T, 4) in the benchmark's own coordinates to 0-based pixels."""
        return np.asarray(boxes_xywh - np.array([self.origin, self.origin, 0.0, 0.0]))
