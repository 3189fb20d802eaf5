from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tracker.box import Box
from tracker.crop import Square, area_side, context_side, crop_side, cut


@pytest.mark.parametrize(
    "box", [Box(40, 30, 20, 10), Box(-15, 90, 30, 30), Box(0.3, 0.7, 5.5, 9.25)]
)
def test_the_middle_of_a_crop_is_where_it_was_cut(box: Box) -> None:
    side = crop_side(box, 4, "context")
    square = Square.around(box.center, side, 256)
    size = box.w / side, box.h / side
    assert tuple(square.placed((0.5, 0.5), size)) == pytest.approx(tuple(box))
    moved = square.placed((0.75, 0.25), size)
    assert moved.center == pytest.approx((box.center[0] + side / 4, box.center[1] - side / 4))


def test_crop_of_the_whole_square_frame_is_the_frame() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    np.testing.assert_array_equal(cut(frame, Square.around((32, 32), 64, 64)), frame)


def test_a_crop_shows_the_pixels_that_its_origin_and_scale_say() -> None:
    x = np.arange(0, 256, dtype=np.uint8)
    frame = np.broadcast_to(x, (256, 256))
    square = Square.around((100.25, 128), 64, 128)
    crop = cut(frame, square)
    for column in (0, 40, 127):
        position = (column + 0.5) / square.scale + square.origin[0] - 0.5  # of the pixel's middle
        assert float(crop[64, column]) == pytest.approx(position, abs=0.51)


@pytest.mark.parametrize("side", [20, 64, 90, 200])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_each_channel_is_cut_as_if_it_was_alone(side: float, channels: int) -> None:
    frame = np.random.default_rng(0).integers(0, 256, (120, 160, channels), dtype=np.uint8)
    for middle in ((80.3, 60.7), (5.2, 110.9)):
        square = Square.around(middle, side, 64)
        crop = cut(frame, square).reshape(64, 64, channels)
        for channel in range(channels):
            alone = cut(np.ascontiguousarray(frame[..., channel]), square)
            assert np.abs(crop[..., channel].astype(int) - alone).max() <= 1


def test_outside_is_the_mean_colour() -> None:
    frame = np.zeros((64, 64, 3), np.uint8)
    frame[:, :32] = (200, 100, 50)
    crop = cut(frame, Square.around((-64, 32), 64, 32))
    assert crop.reshape(-1, 3).min(0).tolist() == [100, 50, 25]
    assert crop.reshape(-1, 3).max(0).tolist() == [100, 50, 25]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize("channels", [None, 1, 3, 4])
def test_every_kind_of_pixel_can_be_cut(dtype: type, channels: int | None) -> None:
    shape = (50, 60) if channels is None else (50, 60, channels)
    frame: NDArray[Any] = np.full(shape, 7, dtype)
    crop = cut(frame, Square.around((0, 0), 30, 16))
    assert crop.dtype == dtype
    assert crop.shape[:2] == (16, 16)
    assert float(crop.min()) == float(crop.max()) == 7


def test_frames_larger_than_opencv_can_warp_are_cut_too() -> None:
    frame = np.zeros((8, 40_000), np.uint8)
    frame[:, 39_000:] = 255
    assert cut(frame, Square.around((39_500, 4), 8, 16))[2:14].mean() == 255


@pytest.mark.parametrize("side", [32_766, 32_767, 65_533])
def test_of_such_frames_all_can_be_seen_at_once(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    real = cv2.warpAffine

    def warp(pixels: NDArray[Any], *more: Any, **settings: Any) -> Any:
        assert max(pixels.shape[:2]) < 2**15 - 1, "OpenCV 4 refuses it"
        return real(pixels, *more, **settings)

    monkeypatch.setattr(cv2, "warpAffine", warp)
    frame = np.zeros((1200, side), np.uint8)
    frame[:, side // 4 : side // 2] = 255
    lying = cut(frame, Square.around((side / 2, 600), side, 64))
    standing = cut(np.ascontiguousarray(frame.T), Square.around((600, side / 2), side, 64))
    assert lying[32, [1, 14, 17, 30, 33, 62]].tolist() == [0, 0, 255, 255, 0, 0]
    np.testing.assert_array_equal(standing, lying.T)


def test_strided_and_reversed_views_give_the_same_crop() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (90, 80, 3), dtype=np.uint8)
    square = Square.around((30, 40), 30, 32)
    mirrored = np.ascontiguousarray(frame[:, ::-1])[:, ::-1]
    np.testing.assert_array_equal(cut(mirrored, square), cut(frame, square))


def test_the_two_rules_agree_on_squares() -> None:
    assert context_side(20, 20, 4) == area_side(20, 20, 4) == 80


def test_the_context_rule_leaves_room_around_long_boxes() -> None:
    assert context_side(1, 1000, 4) > 1000 > area_side(1, 1000, 4)
    assert context_side(25, 100, 2) > 100 == area_side(25, 100, 2)
