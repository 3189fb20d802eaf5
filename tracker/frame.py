"""What counts as a frame, and how its pixels become RGB bytes."""

from __future__ import annotations

from typing import Any, Literal, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker.errors import FrameError

Colour = Literal["bgr", "rgb"]
UINT16_GAIN = 255.0 / 65535.0
Frame = NDArray[Any]  # (H, W), (H, W, 1), (H, W, 3) or (H, W, 4); uint8, uint16 or float


class DeviceImage(Protocol):
    """An image in a GPU's memory, as other libraries have it; of a `Frame`'s shapes and pixels."""

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        """Where it lies, and how."""


def checked(frame: object) -> Frame:
    """`frame` itself, if it is an image.

    Raises:
        FrameError: if it is not an array of 1, 3 or 4 channels of uint8, uint16 or float, with at
            least one pixel.
    """
    if frame is None:
        raise FrameError("the frame is None: the camera or the file gave no picture")
    if not isinstance(frame, np.ndarray):
        raise FrameError(f"a frame is a NumPy array, got {type(frame).__name__}")
    check_shape(frame.shape)
    if frame.dtype not in (np.uint8, np.uint16, np.float16, np.float32, np.float64):
        raise FrameError(f"a frame's pixels are uint8, uint16 or float, got {frame.dtype}")
    return frame


def check_shape(shape: tuple[int, ...]) -> None:
    """Let pass what an image may be.

    Raises:
        FrameError: if there are not 1, 3 or 4 channels, or there is no pixel.
    """
    if len(shape) not in (2, 3) or 0 in shape:
        raise FrameError(f"a frame has the shape (H, W) or (H, W, channels), got {shape}")
    if len(shape) == 3 and shape[2] not in (1, 3, 4):
        raise FrameError(f"a frame has 1, 3 or 4 channels, got {shape[2]}: {shape}")


def gain(frame: Frame) -> float:
    """What brings the pixels of `frame` to 0-255.

    uint16 is taken to use its whole range. Floats are taken to lie in 0-1, or in 0-255 where any
    is larger than 2; what resampling leaves beyond is cut off later.

    Raises:
        FrameError: if float pixels are not finite, or more than a quarter below 0 or above 255.
    """
    if frame.dtype == np.uint8:
        return 1.0
    if frame.dtype == np.uint16:
        return UINT16_GAIN
    return float_gain(float(frame.min()), float(frame.max()))


def float_gain(low: float, high: float) -> float:
    """What brings float pixels to 0-255, by the lowest and the highest; see `gain`.

    Raises:
        FrameError: if they are not finite, or more than a quarter below 0 or above 255.
    """
    if not (np.isfinite(low) and np.isfinite(high)):
        raise FrameError("float pixels must be finite; this frame holds NaN or infinity")
    white = 1.0 if high <= 2 else 255.0
    if low < -0.25 * white or high > 1.25 * 255:
        raise FrameError(f"float pixels lie in 0-1 or 0-255, got {low:g} to {high:g}")
    return 255.0 / white


def to_rgb(pixels: Frame, scale: float, colour: Colour) -> NDArray[np.uint8]:
    """Pixels of any kind that `checked` accepts -> (H, W, 3) uint8 RGB.

    Args:
        pixels: a frame, or a crop of one.
        scale: what `gain` gave for the frame.
        colour: order of the colours of three and four channels.
    """
    if pixels.dtype != np.uint8:
        pixels = np.rint(pixels.astype(np.float32) * scale).clip(0, 255).astype(np.uint8)
    if pixels.ndim == 2 or pixels.shape[2] == 1:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
    if pixels.shape[2] == 4:
        code = cv2.COLOR_BGRA2RGB if colour == "bgr" else cv2.COLOR_RGBA2RGB
        return np.asarray(cv2.cvtColor(pixels, code), dtype=np.uint8)
    if colour == "bgr":
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), dtype=np.uint8)
    return np.ascontiguousarray(pixels)
