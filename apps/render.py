"""A clip that is painted, not filmed: its target's place is known exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from apps.source import Frame, Image
from tracker import Box

_Floats = NDArray[np.float32]
_SUPER = 2  # the target's texture is this much finer than it is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What to paint; the same scene gives the same pixels."""

    width: int = 640  # pixels
    height: int = 360
    frames: int = 150
    fps: float = 30.0
    seed: int = 7
    target: tuple[float, float] = (78.0, 58.0)  # width and height at scale 1, pixels
    poles: tuple[float, ...] = (0.38, 0.67)  # where they stand, in frame widths
    pole_width: float = 26.0  # pixels
    noise: float = 3.0  # grey levels, standard deviation


def _noise_texture(
    rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, ...]
) -> _Floats:
    """Smooth noise (H, W) in [0, 1]: a sum of octaves with this many cells across each."""
    height, width = shape
    total: _Floats = np.zeros(shape, np.float32)
    for octave, count in enumerate(cells):
        rows = max(round(count * height / width), 2)
        grid = rng.random((rows, count), dtype=np.float32)
        total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) / (1 + octave)
    low, high = float(total.min()), float(total.max())
    return (total - low) / (high - low)


def _painted(amount: _Floats, colours: list[tuple[int, int, int]]) -> _Floats:
    """Turn (H, W) in [0, 1] into a blend (H, W, 3) of BGR colours in that order."""
    stops = np.linspace(0, 1, len(colours))
    table = np.array(colours, np.float32)
    channels = [np.interp(amount, stops, table[:, c]) for c in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


class PaintedScene:
    """Paints the frames of a scene: a textured target that moves, turns, grows and is hidden."""

    def __init__(self, scene: Scene) -> None:
        """Make the textures; all chance is in the scene's seed."""
        self.scene = scene
        rng = np.random.default_rng(scene.seed)
        shape = (scene.height + 80, scene.width + 120)  # room for the camera to sway
        ground = _noise_texture(rng, shape, (6, 17, 45, 110))
        self._ground = _painted(ground, [(48, 62, 50), (74, 110, 92), (120, 138, 128)])
        self._body, self._alpha = self._paint_target(rng)
        bark = _noise_texture(rng, (shape[0], 64), (4, 9, 20))
        self._bark = _painted(bark, [(30, 42, 58), (66, 84, 104)])

    def _paint_target(self, rng: np.random.Generator) -> tuple[_Floats, _Floats]:
        """Texture (H, W, 3) and opacity (H, W, 1) of an oval with stripes and spots."""
        width, height = (round(side * _SUPER) for side in self.scene.target)
        skin = _noise_texture(rng, (height, width), (3, 7, 16))
        body = _painted(skin, [(40, 70, 190), (60, 150, 235), (150, 220, 250)])
        for x in (0.3, 0.5, 0.7):
            top, bottom = (round(width * x), 0), (round(width * (x - 0.08)), height)
            cv2.line(body, top, bottom, (70, 30, 30), round(width * 0.05), cv2.LINE_AA)
        cv2.circle(body, (round(width * 0.84), round(height * 0.42)), 9, (250, 250, 250), -1)
        cv2.circle(body, (round(width * 0.85), round(height * 0.42)), 4, (20, 20, 20), -1)
        alpha = np.zeros((height, width), np.float32)
        middle = (width / 2 - 0.5, height / 2 - 0.5)
        cv2.ellipse(alpha, (middle, (width - 2, height - 2), 0), 1.0, -1, cv2.LINE_AA)
        return body, alpha[..., None]

    def _pose(self, index: int) -> tuple[float, float, float, float]:
        """Centre x, y (pixels), scale and angle (radians) of the target in a frame."""
        s, t = self.scene, index / max(self.scene.frames - 1, 1)
        x = s.width * (0.16 + 0.68 * t)
        y = s.height * (0.52 + 0.24 * math.sin(2 * math.pi * 1.3 * t))
        scale = 1.05 + 0.4 * math.sin(2 * math.pi * t - 0.6)
        return x, y, scale, 0.22 * math.sin(2 * math.pi * 1.7 * t)

    def truth(self, index: int) -> Box:
        """The box that just holds the target, its hidden parts included, in pixels."""
        x, y, scale, angle = self._pose(index)
        a, b = (side * scale / 2 for side in self.scene.target)
        half_w = math.hypot(a * math.cos(angle), b * math.sin(angle))
        half_h = math.hypot(a * math.sin(angle), b * math.cos(angle))
        return Box.from_center(x, y, 2 * half_w, 2 * half_h)

    def _sway(self, index: int) -> tuple[int, int]:
        t = index / self.scene.fps
        return round(60 + 50 * math.sin(0.9 * t)), round(40 + 30 * math.sin(0.7 * t + 1))

    def _place_target(self, canvas: _Floats, index: int) -> None:
        x, y, scale, angle = self._pose(index)
        height, width = self._alpha.shape[:2]
        factor = scale / _SUPER
        cos, sin = factor * math.cos(angle), factor * math.sin(angle)
        middle_x, middle_y = width / 2 - 0.5, height / 2 - 0.5
        move = np.array(
            [
                [cos, -sin, x - 0.5 - cos * middle_x + sin * middle_y],
                [sin, cos, y - 0.5 - sin * middle_x - cos * middle_y],
            ]
        )
        size = (self.scene.width, self.scene.height)
        body = cv2.warpAffine(self._body, move, size, flags=cv2.INTER_AREA)
        alpha = cv2.warpAffine(self._alpha, move, size, flags=cv2.INTER_LINEAR)[..., None]
        canvas += alpha * (body - canvas)

    def _place_poles(self, canvas: _Floats, sway_x: int) -> None:
        width = round(self.scene.pole_width)
        bark = cv2.resize(self._bark, (width, self._bark.shape[0]))[: self.scene.height]
        for place in self.scene.poles:
            # they stand on the ground, and sway with it
            left = round(place * self.scene.width) + 60 - sway_x - width // 2
            first, last = max(left, 0), min(left + width, self.scene.width)
            if first < last:
                canvas[:, first:last] = bark[:, first - left : last - left]

    def frame(self, index: int) -> Frame:
        """Paint one frame."""
        s = self.scene
        sway_x, sway_y = self._sway(index)
        canvas = self._ground[sway_y : sway_y + s.height, sway_x : sway_x + s.width].copy()
        self._place_target(canvas, index)
        self._place_poles(canvas, sway_x)
        grain = np.random.default_rng((s.seed, index)).standard_normal(canvas.shape, np.float32)
        pixels: Image = np.clip(canvas + s.noise * grain, 0, 255).astype(np.uint8)
        return Frame(index, index / s.fps, pixels)
