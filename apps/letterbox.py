"""Fit pictures into a fixed size without distorting them."""

from __future__ import annotations

import cv2
import numpy as np

from apps.source import Image

_SMALLEST = 16  # pixels; codecs refuse less


def even_size(width: int, height: int) -> tuple[int, int]:
    """Round a size up to what video codecs take: even sides, at least 16 pixels.

    >>> even_size(641, 9)
    (642, 16)
    """
    return max(width + width % 2, _SMALLEST), max(height + height % 2, _SMALLEST)


def letterboxed(picture: Image, size: tuple[int, int]) -> Image:
    """Scale a picture down or up until it just fits `size` (width, height); black borders.

    A picture that needs no more than a few columns to fill is not scaled, only padded.
    """
    width, height = size
    have_h, have_w = picture.shape[:2]
    if (have_w, have_h) == size:
        return picture
    if even_size(have_w, have_h) != size:
        scale = min(width / have_w, height / have_h)
        have_w = min(max(round(have_w * scale), 1), width)
        have_h = min(max(round(have_h * scale), 1), height)
        picture = np.asarray(cv2.resize(picture, (have_w, have_h), interpolation=cv2.INTER_AREA))
    canvas = np.zeros((height, width, 3), np.uint8)
    left, top = (width - have_w) // 2, (height - have_h) // 2
    canvas[top : top + have_h, left : left + have_w] = picture
    return canvas
