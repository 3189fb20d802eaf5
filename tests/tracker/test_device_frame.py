"""Crops cut by torch are those that OpenCV cuts. On the CPU here, which counts as a device too."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.tracker.test_single import KINDS
from tracker import FrameError
from tracker.crop import Square
from tracker.frame import Colour
from tracker.picture import Picture
from tracker.runtime.device_frame import DeviceFrame

CPU = torch.device("cpu")
WITHIN = 2  # grey levels: OpenCV 4 rounds positions, and 5 does so for some kinds of pixels


def smooth(height: int = 120, width: int = 160, channels: int = 3) -> NDArray[np.uint8]:
    """Noise that changes slowly, over the whole range."""
    noise = np.random.default_rng(0).random((height, width, channels), dtype=np.float32)
    blurred = cv2.GaussianBlur(noise, (0, 0), 6).reshape(noise.shape)
    stretched = (blurred - blurred.min()) * 255 / (np.ptp(blurred) + 1e-9)
    return np.asarray(np.clip(stretched, 0, 255), dtype=np.uint8)


SQUARES = [
    Square.around((80, 60), 60, 64),  # inside
    Square.around((80.3, 60.7), 33.3, 64),  # enlarged, between pixels
    Square.around((70, 50), 400, 64),  # all of the frame, made smaller without smoothing
    Square.around((2, 118.5), 50, 64),  # over two edges
    Square.around((165, 60), 10, 64),  # just outside
    Square.around((-500, 900), 40, 64),  # far outside
    Square.around((30.4, 20.4), 1, 64),  # one pixel
]


def differs(frame: Any, squares: list[Square], colour: Colour = "bgr") -> int:
    """The largest difference in grey levels."""
    wanted = Picture.of(frame, colour).cut(squares)
    found = DeviceFrame.of(frame, CPU, colour).cut(squares)
    assert found.dtype == torch.uint8
    assert found.shape == wanted.shape
    assert found.is_contiguous()
    return int(np.abs(found.numpy().astype(int) - wanted.astype(int)).max())


@pytest.mark.parametrize("colour", ["bgr", "rgb"])
@pytest.mark.parametrize("square", SQUARES, ids=str)
def test_crops_are_those_of_opencv(square: Square, colour: Colour) -> None:
    assert differs(smooth(), [square], colour) <= WITHIN


@pytest.mark.parametrize("square", SQUARES, ids=str)
def test_all_squares_are_cut_together(square: Square) -> None:
    frame = DeviceFrame.of(smooth(), CPU, "bgr")
    together = frame.cut([*SQUARES, square])
    assert len(together) == len(SQUARES) + 1
    alone = frame.cut([square])[0]
    assert int((together[-1].int() - alone.int()).abs().max()) <= 1
    assert differs(smooth(), SQUARES) <= WITHIN


def kinds() -> dict[str, NDArray[Any]]:
    frame = smooth()
    grey = frame[..., 0]
    return {
        "grey": grey,
        "grey with an axis": grey[..., None],
        "bgra": np.dstack([frame, grey]),
        "16-bit": frame.astype(np.uint16) * 257,
        "float 0-1": frame.astype(np.float32) / 255,
        "float 0-255": frame.astype(np.float64),
        "half": (frame / 255).astype(np.float16),
        "strided": np.repeat(frame, 2, axis=1)[:, ::2],
        "reversed": frame[::-1, ::-1],
        "Fortran order": np.asfortranarray(frame),
    }


@pytest.mark.parametrize("colour", ["bgr", "rgb"])
@pytest.mark.parametrize("kind", kinds())
def test_every_kind_of_frame(kind: str, colour: Colour) -> None:
    assert kinds().keys() >= KINDS.keys() - {"bgr", "every second column", "reversed twice"}
    assert differs(kinds()[kind], SQUARES, colour) <= WITHIN


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (8, 40_000)])
def test_frames_of_any_size(shape: tuple[int, int]) -> None:
    frame = smooth(*shape)
    middle = shape[1] / 2, shape[0] / 2
    squares = [Square.around(middle, 12, 32), Square.around((0, 0), 900, 32)]
    assert differs(frame, squares) <= WITHIN
    assert differs(frame[::-1, ::-1], squares) <= WITHIN


def test_read_only_frames_are_fine_and_no_frame_is_changed() -> None:
    frame = smooth()
    frame.flags.writeable = False
    DeviceFrame.of(frame, CPU, "bgr").cut(SQUARES)
    np.testing.assert_array_equal(frame, smooth())


BAD: list[Any] = [
    None,
    "frame.jpg",
    np.zeros((0, 10, 3), np.uint8),
    np.zeros((9, 9, 7), np.uint8),
    np.zeros((9, 9, 3), np.int64),
    np.full((9, 9, 3), np.nan, np.float32),
    np.full((9, 9, 3), -1.0),
    np.full((9, 9, 3), 400.0, np.float32),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: str(bad)[:12])
def test_what_is_no_frame_is_refused_in_the_same_words(bad: Any) -> None:
    with pytest.raises(FrameError) as expected:
        Picture.of(bad, "bgr")
    with pytest.raises(FrameError) as found:
        DeviceFrame.of(bad, CPU, "bgr")
    assert str(found.value) == str(expected.value)


def test_a_tensor_that_is_there_is_taken_as_it_lies() -> None:
    given = torch.from_numpy(smooth())
    frame = DeviceFrame.of(given, CPU, "bgr")
    assert frame.pixels.data_ptr() == given.data_ptr()
    assert torch.equal(frame.cut(SQUARES), DeviceFrame.of(smooth(), CPU, "bgr").cut(SQUARES))


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (torch.zeros(9, 9, 7, dtype=torch.uint8), "1, 3 or 4 channels, got 7"),
        (torch.zeros(9, dtype=torch.uint8), r"got \(9,\)"),
        (torch.zeros(0, 9, 3, dtype=torch.uint8), r"got \(0, 9, 3\)"),
        (torch.zeros(9, 9, 3, dtype=torch.int64), "got torch.int64"),
        (torch.full((9, 9, 3), torch.inf), "finite"),
    ],
)
def test_tensors_that_are_no_frames_are_refused(bad: torch.Tensor, says: str) -> None:
    with pytest.raises(FrameError, match=says):
        DeviceFrame.of(bad, CPU, "bgr")
