"""Clips made here, for training on."""

from pathlib import Path

import cv2
import numpy as np


def write_clip(folder: Path, frames: int) -> None:
    """A red square that moves over blue."""
    (folder / "img").mkdir(parents=True)
    lines = []
    for i in range(frames):
        frame = np.full((120, 160, 3), (200, 60, 40), np.uint8)
        frame[40 : 40 + 24, 30 + 4 * i : 30 + 4 * i + 24] = (20, 30, 220)
        cv2.imwrite(str(folder / "img" / f"{i + 1:06d}.jpg"), frame)
        lines.append(f"{30 + 4 * i},40,24,24" if i != 2 else "NaN,NaN,NaN,NaN")
    (folder / "groundtruth.txt").write_text("\n".join(lines) + "\n")
