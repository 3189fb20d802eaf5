"""ROS images as frames, with stand-ins for the messages."""

from __future__ import annotations

import array
from typing import Any

import cv2
import numpy as np
import pytest

from apps.render import PaintedScene
from apps.ros2_image import decoded, frame_of
from tests.apps.fake_ros import CompressedMessage, Header, ImageMessage
from tests.apps.fakes import SMALL
from tracker import FrameError

SCENE = PaintedScene(SMALL)
PIXELS = np.random.default_rng(3).integers(0, 256, (5, 7, 3), np.uint8)


def message(
    pixels: np.ndarray[Any, Any], encoding: str, *, big: bool = False, padding: int = 0
) -> ImageMessage:
    """Pixels as they lie in a message."""
    height, width = pixels.shape[:2]
    rows = np.frombuffer(pixels.tobytes(), np.uint8).reshape(height, -1)
    rows = np.pad(rows, ((0, 0), (0, padding)), constant_values=99)
    data = array.array("B", rows.tobytes())  # as rclpy has it
    return ImageMessage(Header(), height, width, encoding, int(big), rows.shape[1], data)


class TestImages:
    @pytest.mark.parametrize("padding", [0, 1, 9])
    @pytest.mark.parametrize(
        ("encoding", "stored"),
        [
            ("bgr8", PIXELS),
            ("8UC3", PIXELS),
            ("rgb8", PIXELS[..., ::-1]),
            ("bgra8", np.dstack([PIXELS, PIXELS[..., :1]])),
            ("rgba8", np.dstack([PIXELS[..., ::-1], PIXELS[..., :1]])),
        ],
    )
    def test_colours_are_bgr_and_nothing_is_copied(
        self, encoding: str, stored: np.ndarray[Any, Any], padding: int
    ) -> None:
        sent = message(stored, encoding, padding=padding)
        frame = frame_of(sent)
        np.testing.assert_array_equal(frame, PIXELS)
        assert np.shares_memory(frame, np.frombuffer(sent.data, np.uint8))

    @pytest.mark.parametrize("encoding", ["mono8", "8UC1"])
    def test_grey(self, encoding: str) -> None:
        frame = frame_of(message(PIXELS[..., 0], encoding, padding=3))
        np.testing.assert_array_equal(frame[..., 0], PIXELS[..., 0])
        assert frame.shape == (5, 7, 1)

    @pytest.mark.parametrize("padding", [0, 1, 4])
    @pytest.mark.parametrize("big", [False, True])
    @pytest.mark.parametrize("encoding", ["mono16", "16UC1"])
    def test_both_orders_of_bytes(self, encoding: str, big: bool, padding: int) -> None:  # noqa: FBT001
        values = np.arange(35, dtype=np.uint16).reshape(5, 7) * 1801
        stored = values.astype(">u2" if big else "<u2")
        frame = frame_of(message(stored, encoding, big=big, padding=padding))
        assert frame.dtype == np.uint16
        np.testing.assert_array_equal(frame[..., 0], values)

    def test_the_last_row_may_lack_its_padding(self) -> None:
        sent = message(PIXELS, "bgr8", padding=4)
        sent.data = sent.data[:-4]
        np.testing.assert_array_equal(frame_of(sent), PIXELS)

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"encoding": "yuv422_yuy2"}, "'yuv422_yuy2' are not taken: bgr8, rgb8,"),
            ({"encoding": ""}, "'' are not taken"),
            ({"data": b""}, "7 x 5 pixels of bgr8 are rows of 21 bytes or more; got 0 bytes"),
            ({"height": 6}, "7 x 6 pixels of bgr8"),
            ({"width": 8}, "8 x 5 pixels of bgr8 are rows of 24 bytes or more"),
            ({"step": 20}, "in rows of 20"),
            ({"step": 22}, "in rows of 22"),
            ({"step": 0}, "in rows of 0"),
            ({"height": 0}, "got (0, 7, 3)"),
            ({"width": 0}, "got (5, 0, 3)"),
        ],
    )
    def test_what_is_no_image(self, change: dict[str, Any], says: str) -> None:
        sent = message(PIXELS, "bgr8")
        for name, value in change.items():
            setattr(sent, name, value)
        with pytest.raises(FrameError) as raised:
            frame_of(sent)
        assert says in str(raised.value)

    def test_compressed(self) -> None:
        picture = SCENE.frame(0).pixels
        png = decoded(CompressedMessage(format="png", data=cv2.imencode(".png", picture)[1]))
        np.testing.assert_array_equal(png, picture)
        jpeg = array.array("B", cv2.imencode(".jpg", picture)[1].tobytes())
        assert np.abs(decoded(CompressedMessage(data=jpeg)).astype(int) - picture).mean() < 5

    @pytest.mark.parametrize("data", [b"", b"\xff\xd8no picture", b"\x89PNG\r\n\x1a\n"])
    def test_what_cannot_be_decoded(self, data: bytes) -> None:
        with pytest.raises(FrameError, match=f"'jpeg' and {len(data)} bytes cannot be decoded"):
            decoded(CompressedMessage(format="jpeg", data=data))
