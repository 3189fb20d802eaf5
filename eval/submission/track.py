"""What a tracker answered on one sequence, ready to be packed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Track:
    """Boxes (R, T, 4) of R runs in the benchmark's coordinates, seconds (R, T), scores (T,)."""

    runs: Floats
    seconds: Floats | None = None
    scores: Floats | None = None

    def filled_seconds(self) -> Floats:
        """Seconds (R, T) with the median in the place of those that were not measured."""
        if self.seconds is None:
            return np.empty((0, 0))
        known = self.seconds[~np.isnan(self.seconds)]
        return np.nan_to_num(self.seconds, nan=float(np.median(known)) if known.size else 1.0)
