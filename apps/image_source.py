"""A row of image files as a source."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np

from apps.source import Frame, Image, SourceBrokeError, SourceError

IMAGE_SUFFIXES = frozenset(
    {".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
)


def natural_key(path: Path) -> tuple[object, ...]:
    """Sort key under which frame10 comes after frame9.

    >>> sorted([Path("a10.png"), Path("a9.png")], key=natural_key)[0].name
    'a9.png'
    """
    parts = re.split(r"([0-9]+)", str(path).lower())
    numbers = tuple(int(part) if i % 2 else part for i, part in enumerate(parts))
    return (*numbers, str(path))


def image_files(paths: Iterable[Path]) -> list[Path]:
    """Keep the image files, in natural order."""
    images = (p for p in paths if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file())
    return sorted(images, key=natural_key)


def _is_cut_off(data: bytes) -> bool:
    """Whether a JPEG has no end after its scan; older OpenCVs would fill it up with gray."""
    return data.startswith(b"\xff\xd8") and data.rfind(b"\xff\xd9") < data.find(b"\xff\xda")


def read_image(path: Path) -> Image:
    """Read an image file as BGR.

    Raises:
        SourceBrokeError: if the file cannot be read, is truncated, or is no image.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceBrokeError(f"{path} cannot be read: {error.strerror}") from error
    pixels = None
    if not _is_cut_off(data):
        with suppress(cv2.error):  # an empty file, or a size no picture has
            pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise SourceBrokeError(f"{path} is not an image OpenCV can read, or is damaged")
    return np.asarray(pixels, np.uint8)


class ImageSource:
    """Image files, one a frame; they may differ in size."""

    live = False

    def __init__(self, name: str, paths: Iterable[Path], *, fps: float) -> None:
        """Take the images among `paths`, in natural order.

        Raises:
            SourceError: if there is none.
        """
        self._files = image_files(paths)
        if not self._files:
            known = " ".join(sorted(IMAGE_SUFFIXES))
            raise SourceError(f"no image files in {name} (looked for {known})")
        self.name = name
        self.fps = fps
        self.total: int | None = len(self._files)
        self._next = 0

    def read(self) -> Frame | None:
        """Read the next image."""
        if self._next == len(self._files):
            return None
        index = self._next
        pixels = read_image(self._files[index])
        self._next += 1
        return Frame(index, index / self.fps, pixels)

    def notes(self) -> tuple[str, ...]:
        """Nothing ever."""
        return ()

    def close(self) -> None:
        """Nothing is held open."""
