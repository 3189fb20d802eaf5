"""What is drawn over a frame: box, trail, a line of text."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from apps.source import Image
from tracker import Box, Estimate

Colour = tuple[int, int, int]  # BGR

COLOURS: dict[str, Colour] = {
    "tracking": (80, 220, 60),
    "uncertain": (0, 190, 255),
    "lost": (40, 40, 235),
}
_TEXT: Colour = (255, 255, 255)
_SHADE: Colour = (0, 0, 0)
_SHIFT = 4  # sub-pixel bits of cv2's drawing functions
_FAR = 1 << 20  # cv2 takes 32-bit coordinates; a box this far out is not seen anyway


@dataclass(frozen=True, slots=True)
class Overlay:
    """Everything to show about one frame."""

    estimate: Estimate | None
    trail: tuple[tuple[float, float], ...] = ()  # centres, pixels, oldest first
    status: str = ""  # behind state and score, in the top line
    hint: str = ""  # what the user can do or should know, in the bottom line


def _fixed(x: float, y: float) -> tuple[int, int]:
    """Pixels -> cv2's fixed point; a pixel's middle is at a half."""
    clipped = (min(max(value - 0.5, -_FAR), _FAR) for value in (x, y))
    fixed_x, fixed_y = (round(value * (1 << _SHIFT)) for value in clipped)
    return fixed_x, fixed_y


def _draw_box(canvas: Image, box: Box, colour: Colour, thickness: int) -> None:
    # a dark rim keeps the line visible on a background of its own colour
    for line, width in ((_SHADE, thickness + 2), (colour, thickness)):
        cv2.rectangle(
            canvas,
            _fixed(box.x, box.y),
            _fixed(box.x + box.w, box.y + box.h),
            line,
            width,
            cv2.LINE_AA,
            _SHIFT,
        )


def _draw_trail(
    canvas: Image, trail: tuple[tuple[float, float], ...], colour: Colour, thickness: int
) -> None:
    if len(trail) < 2:
        return
    points = np.array([_fixed(*point) for point in trail], np.int32)
    cv2.polylines(
        canvas,
        [points],
        isClosed=False,
        color=colour,
        thickness=thickness,
        lineType=cv2.LINE_AA,
        shift=_SHIFT,
    )


def draw_text(canvas: Image, text: str, *, bottom: bool = False, colour: Colour = _TEXT) -> None:
    """Write a line at the top or bottom edge, on a darkened strip; smaller if it is too long."""
    height, width = canvas.shape[:2]
    side = min(width, height)
    scale = max(side / 720, 0.45 if side >= 240 else 0.3)  # smaller is hard to read
    (text_width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    scale *= min(1.0, 0.96 * width / max(text_width, 1))
    (_, text_height), base = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    pad = max(text_height // 2, 2)
    strip = min(text_height + base + 2 * pad, height)
    top = height - strip if bottom else 0
    canvas[top : top + strip] //= 3
    origin = (max(width // 100, 2), top + pad + text_height)
    thickness = max(round(scale * 1.6), 1)
    cv2.putText(
        canvas, text, origin, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, thickness, cv2.LINE_AA
    )


def draw(frame: Image, overlay: Overlay) -> Image:
    """Return a copy of `frame` (H, W, 3), BGR, with the overlay drawn on it."""
    canvas = np.ascontiguousarray(frame.copy())
    estimate = overlay.estimate
    headline = overlay.status
    if estimate is not None:
        colour = COLOURS[estimate.state]
        side = min(frame.shape[:2])
        thickness = max(round(side / 240), 2 if side >= 120 else 1)
        _draw_trail(canvas, overlay.trail, colour, max(thickness // 3, 1))
        _draw_box(canvas, estimate.box, colour, thickness)
        headline = f"{estimate.state} {estimate.score:.2f}  {headline}"
    if headline:
        draw_text(canvas, headline, colour=_TEXT if estimate is None else colour)
    if overlay.hint:
        draw_text(canvas, overlay.hint, bottom=True)
    return canvas
