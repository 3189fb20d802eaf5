"""Pictures from the disk."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from eval.errors import BenchmarkError


def read_picture(path: Path | str) -> NDArray[np.uint8]:
    """Read a picture as (H, W, 3) BGR.

    Raises:
        BenchmarkError: it is missing or damaged.
    """
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise BenchmarkError(f"the picture {path} is missing or damaged")
    return np.asarray(picture, dtype=np.uint8)
