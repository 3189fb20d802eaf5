"""A frame in the memory of a torch device; all crops of it are cut there.

Crops are those of `tracker/crop.py`, within a grey level: pixel centres at half pixels, bilinear
interpolation without smoothing, the mean colour outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from tracker.crop import Square, of_one_colour, thinned
from tracker.errors import FrameError
from tracker.frame import UINT16_GAIN, Colour, check_shape, checked, float_gain

_FLOATS = (torch.float16, torch.float32, torch.float64)


@dataclass(frozen=True, slots=True)
class DeviceFrame:
    """A `View` of a frame on a device."""

    pixels: Tensor  # (H, W, C), of the kind that was given
    gain: float  # brings them to 0-255
    colour: Colour

    @classmethod
    @torch.inference_mode()
    def of(cls, frame: object, device: torch.device, colour: Colour) -> DeviceFrame:
        """Bring a frame to `device`: one copy, none of a tensor that is there already.

        Args:
            frame: (H, W) or (H, W, C); an array, or a tensor of the same kinds.
            device: where to.
            colour: order of the colours of three and four channels.

        Raises:
            FrameError: if it is no image. Floats are looked at on the device, and waited for.
        """
        pixels = _tensor(frame).to(device)
        return cls(pixels.unsqueeze(-1) if pixels.ndim == 2 else pixels, _gain(pixels), colour)

    @property
    def wh(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @torch.inference_mode()
    def is_plain(self, square: Square) -> bool:
        """See `View`; it waits for the answer."""
        left, top, right, bottom = self._part([square])
        return of_one_colour(self.pixels[top:bottom, left:right])

    @torch.inference_mode()
    def cut(self, squares: Sequence[Square]) -> Tensor:
        """See `View`; (N, S, S, 3) uint8 on the device. Nothing but the squares goes there."""
        left, top, right, bottom = self._part(squares)
        w, h, size = right - left, bottom - top, squares[0].size
        # a crop's [-1, 1] -> the part's: how much of it is seen, and where its middle lies
        scale_and_shift = [
            [
                [square.side / w, (2 * (square.origin[0] - left) + square.side) / w - 1],
                [square.side / h, (2 * (square.origin[1] - top) + square.side) / h - 1],
            ]
            for square in squares
        ]
        grid = _grid(
            torch.tensor(scale_and_shift, dtype=torch.float32).to(self.pixels.device), size
        )
        mean = thinned(self.pixels).float().mean((0, 1))
        # outside is 0, so the mean colour is made 0
        part = (self.pixels[top:bottom, left:right].float() - mean).permute(2, 0, 1)
        found = grid_sample(part.expand(len(squares), -1, -1, -1), grid, align_corners=False)
        return self._rgb(found.permute(0, 2, 3, 1) + mean)

    def kept(self, squares: Sequence[Square]) -> Tensor:
        """See `View`."""
        crops = self.cut(squares)
        wait(crops.device)
        return crops

    def _part(self, squares: Sequence[Square]) -> tuple[int, int, int, int]:
        """What of the frame any square sees, and a pixel at least: whole frames may be large."""
        width, height = self.wh
        parts = [square.part(self.wh) for square in squares]
        left = min(width - 1, *(part[0] for part in parts))
        top = min(height - 1, *(part[1] for part in parts))
        right = min(width, max(left + 1, *(part[2] for part in parts)))
        bottom = min(height, max(top + 1, *(part[3] for part in parts)))
        return left, top, right, bottom

    def _rgb(self, crops: Tensor) -> Tensor:
        """Floats (N, S, S, C) as they were given -> (N, S, S, 3) uint8 RGB."""
        if crops.shape[3] == 1:
            crops = crops.expand(-1, -1, -1, 3)
        elif self.colour == "bgr":
            crops = crops[..., :3].flip(3)
        else:
            crops = crops[..., :3]
        found = (crops * self.gain).round().clamp(0, 255)
        return found.to(torch.uint8, memory_format=torch.contiguous_format)


def wait(device: torch.device) -> None:
    """Until what was asked of a device is done: then a frame that lies there may be overwritten."""
    if device.type == "cuda":  # not for the whole GPU: CUDA refuses that while a thread records
        torch.cuda.current_stream(device).synchronize()
    elif device.type != "cpu":
        torch.accelerator.synchronize(device)


def _grid(scale_and_shift: Tensor, size: int) -> Tensor:
    """(N, 2, 2) of both axes -> (N, size, size, 2) for `grid_sample`.

    `affine_grid` multiplies matrices, and where those are rounded (TF32), crops move.
    """
    cells = torch.arange(size, dtype=scale_and_shift.dtype, device=scale_and_shift.device)
    middles = (cells + 0.5) * (2 / size) - 1
    scale, shift = scale_and_shift.unbind(-1)  # (N, 2)
    x, y = (scale[..., None] * middles + shift[..., None]).unbind(1)  # (N, size)
    square = (-1, size, size)
    return torch.stack((x[:, None, :].expand(square), y[:, :, None].expand(square)), dim=-1)


def _tensor(frame: object) -> Tensor:
    """`frame`, if it is an image, without a copy where torch can do without."""
    if not isinstance(frame, Tensor):
        # torch wants no negative strides, and warns of memory that may not be written
        pixels = np.require(checked(frame), requirements=("C", "W"))
        # NumPy minds them only along sides of more than one pixel
        return torch.from_numpy(pixels.copy() if min(pixels.strides) < 0 else pixels)
    check_shape(tuple(frame.shape))
    if frame.dtype not in (torch.uint8, torch.uint16, *_FLOATS):
        raise FrameError(f"a frame's pixels are uint8, uint16 or float, got {frame.dtype}")
    return frame.detach()


def _gain(pixels: Tensor) -> float:
    if pixels.dtype == torch.uint8:
        return 1.0
    if pixels.dtype == torch.uint16:
        return UINT16_GAIN
    low, high = torch.stack(torch.aminmax(pixels)).tolist()
    return float_gain(low, high)
