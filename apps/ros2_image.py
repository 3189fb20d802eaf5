"""A ROS image message as a frame: BGR or grey, a view of the message's own bytes."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, NamedTuple, Protocol

import cv2
import numpy as np

from tracker import FrameError
from tracker.frame import Frame, check_shape


class ImageMessage(Protocol):
    """What is used of a sensor_msgs/Image."""

    height: int
    width: int
    encoding: str
    is_bigendian: int
    step: int  # bytes from one row to the next
    data: Any  # holds bytes: an array.array, as rclpy has it, or the like


class CompressedMessage(Protocol):
    """What is used of a sensor_msgs/CompressedImage."""

    format: str
    data: Any


class _Layout(NamedTuple):
    """How the pixels of an encoding lie."""

    channels: int
    depth: int = 1  # bytes of a number
    shown: slice = slice(None)  # the channels that make BGR, or grey; none is alpha


_LAYOUTS = {
    "bgr8": _Layout(3),
    "rgb8": _Layout(3, shown=slice(None, None, -1)),
    "bgra8": _Layout(4, shown=slice(3)),
    "rgba8": _Layout(4, shown=slice(2, None, -1)),
    "mono8": _Layout(1),
    "mono16": _Layout(1, depth=2),
    "8UC1": _Layout(1),
    "8UC3": _Layout(3),
    "16UC1": _Layout(1, depth=2),
}


def frame_of(message: ImageMessage) -> Frame:
    """The picture, (H, W, 1) or (H, W, 3), uint8 or uint16; BGR, whatever the message's order is.

    Nothing is copied but 16-bit pixels in the byte order that is not this machine's.

    Raises:
        FrameError: if the encoding is another, there is no pixel, or there are too few bytes.
    """
    layout = _LAYOUTS.get(message.encoding)
    if layout is None:
        raise FrameError(
            f"images of encoding {message.encoding!r} are not taken: {', '.join(_LAYOUTS)} are"
        )
    height, width, channels = shape = (message.height, message.width, layout.channels)
    check_shape(shape)
    pixel = channels * layout.depth
    least = message.step * (height - 1) + width * pixel
    if message.step < width * pixel or len(message.data) < least:
        raise FrameError(
            f"{width} x {height} pixels of {message.encoding} are rows of {width * pixel} bytes or "
            f"more; got {len(message.data)} bytes in rows of {message.step}"
        )
    kind = np.dtype(f"{'>' if message.is_bigendian else '<'}u{layout.depth}")
    strides = (message.step, pixel, layout.depth)
    stored: Frame = np.ndarray(shape, kind, message.data, strides=strides)
    return stored[..., layout.shown].astype(kind.newbyteorder("="), copy=False)


def decoded(message: CompressedMessage) -> Frame:
    """The picture of a JPEG, PNG or TIFF, (H, W, 3) uint8 BGR, as it lies: not turned by EXIF.

    Raises:
        FrameError: if it cannot be decoded.
    """
    data = np.frombuffer(message.data, np.uint8)
    pixels: Frame | None = None
    with suppress(cv2.error):  # nothing at all, or a size no picture has
        pixels = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        raise FrameError(
            f"an image of format {message.format!r} and {data.size} bytes cannot be decoded"
        )
    return pixels
