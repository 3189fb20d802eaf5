"""Small clips in the layout of a plain folder: a bright square that walks over a dark floor."""

from pathlib import Path

import cv2
import numpy as np

SIDE = 12


def write_clip(root: Path, name: str, *, frames: int = 8, width: int = 64) -> None:
    """Write a clip; its target moves by 2 pixels a frame."""
    pictures = root / name / "img"
    pictures.mkdir(parents=True)
    lines = []
    for index in range(frames):
        x, y = 5 + 2 * index, 10 + index % 3
        image = np.full((48, width, 3), 30, dtype=np.uint8)
        image[y : y + SIDE, x : x + SIDE] = 220
        assert cv2.imwrite(str(pictures / f"{index + 1:06d}.png"), image)
        lines.append(f"{x},{y},{SIDE},{SIDE}\n")
    (root / name / "groundtruth.txt").write_text("".join(lines))


def write_clips(root: Path, count: int = 3, *, frames: int = 8) -> Path:
    """Write several clips named clip0, clip1, ..., each a frame longer than the one before."""
    for index in range(count):
        write_clip(root, f"clip{index}", frames=frames + index)
    return root
