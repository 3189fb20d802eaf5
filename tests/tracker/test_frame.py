from typing import Any

import numpy as np
import pytest

from tracker import FrameError
from tracker.frame import Colour, checked, gain, to_rgb


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (None, "None"),
        ("frame.jpg", "str"),
        ([[1, 2], [3, 4]], "list"),
        (np.zeros((0, 10, 3), np.uint8), r"\(0, 10, 3\)"),
        (np.zeros(10, np.uint8), r"\(10,\)"),
        (np.zeros((2, 10, 10, 3), np.uint8), r"\(2, 10, 10, 3\)"),
        (np.zeros((10, 10, 2), np.uint8), "2"),
        (np.zeros((10, 10, 3), np.int64), "int64"),
        (np.zeros((10, 10, 3), bool), "bool"),
        (np.zeros((10, 10, 3), object), "object"),
        (np.zeros((10, 10, 3), np.complex64), "complex64"),
    ],
)
def test_what_is_no_frame_is_refused_by_name(frame: Any, says: str) -> None:
    with pytest.raises(FrameError, match=says):
        checked(frame)


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.5, 400.0, 4095.0])
def test_floats_out_of_range_are_refused(value: float) -> None:
    frame = np.zeros((4, 4, 3), np.float32)
    frame[1, 1, 1] = value
    with pytest.raises(FrameError):
        gain(frame)


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (np.full((2, 2), 100, np.uint8), (100, 100, 100)),
        (np.full((2, 2, 1), 100, np.uint8), (100, 100, 100)),
        (np.full((2, 2, 3), (1, 2, 3), np.uint8), (3, 2, 1)),
        (np.full((2, 2, 4), (1, 2, 3, 4), np.uint8), (3, 2, 1)),
        (np.full((2, 2, 3), 65535, np.uint16), (255, 255, 255)),
        (np.full((2, 2, 3), 0.5, np.float32), (128, 128, 128)),
        (np.full((2, 2, 3), 90.0, np.float64), (90, 90, 90)),
    ],
)
def test_every_kind_of_pixel_becomes_rgb_bytes(frame: Any, expected: tuple[int, ...]) -> None:
    pixels = to_rgb(frame, gain(frame), "bgr")
    assert pixels.dtype == np.uint8
    assert tuple(pixels[0, 0].tolist()) == expected


@pytest.mark.parametrize("white", [1.0, 255.0])
def test_what_resampling_leaves_outside_is_cut_off(white: float) -> None:
    frame = np.linspace(-0.1, 1.1, 48).reshape(4, 4, 3) * white
    pixels = to_rgb(frame, gain(frame), "rgb")
    np.testing.assert_allclose(pixels, (frame * 255 / white).clip(0, 255), atol=0.5)


@pytest.mark.parametrize("channels", [3, 4])
def test_the_order_of_colours_is_what_the_caller_says(channels: int) -> None:
    bgr = np.random.default_rng(0).integers(0, 256, (5, 6, channels), dtype=np.uint8)
    rgb = bgr.copy()
    rgb[..., :3] = bgr[..., 2::-1]
    orders: tuple[tuple[Any, Colour], ...] = ((bgr, "bgr"), (rgb, "rgb"))
    one, two = (to_rgb(frame, 1.0, colour) for frame, colour in orders)
    np.testing.assert_array_equal(one, two)
