"""Pictures from the disk."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from eval.errors import BenchmarkError


def read_picture(path: Path | str, mode: int = cv2.IMREAD_COLOR) -> NDArray[np.uint8]:
    """Read a picture as (H, W, 3) BGR, or as another of OpenCV's modes gives it.

    It is decoded from memory: `cv2.imread` fills up what a cut-off file lacks with grey, and dies
    of a name that is not UTF-8.

    Raises:
        BenchmarkError: it is missing or damaged.
    """
    picture = None
    with suppress(FileNotFoundError, cv2.error):  # OpenCV takes an empty file for its caller's bug
        picture = cv2.imdecode(np.fromfile(path, dtype=np.uint8), mode)
    if picture is None:
        raise BenchmarkError(f"the picture {path} is missing or damaged")
    return np.asarray(picture, dtype=np.uint8)
