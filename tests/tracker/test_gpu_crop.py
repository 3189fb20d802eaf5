"""The crop kernel, compiled for this machine: its crops are those that OpenCV cuts."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from apps.render import PaintedScene, Scene
from tests.tracker import nvrtc
from tests.tracker.test_device_frame import BAD, SQUARES, WITHIN, kinds, smooth
from tracker import EngineError, FrameError, MultiObjectTracker, SingleObjectTracker
from tracker.box import iou
from tracker.crop import Square
from tracker.frame import Colour
from tracker.loading import open_model
from tracker.picture import Picture
from tracker.runtime import FrameRuntime
from tracker.runtime.cuda import Cuda
from tracker.runtime.gpu_crop import KERNEL, GpuCropper
from tracker.runtime.gpu_frame import GpuView


class Counting(Cuda):
    """Counts what goes to the GPU."""

    uploaded = 0

    def upload(self, address: int, memory: NDArray[Any], stream: int) -> None:
        self.uploaded += memory.nbytes
        super().upload(address, memory, stream)


class Gpu:
    """Cuts and brings the crops back."""

    def __init__(self) -> None:
        self.cuda = Counting()
        self.stream = self.cuda.stream()
        self.cropper = GpuCropper(self.cuda, self.stream)

    @property
    def uploaded(self) -> int:
        return self.cuda.uploaded

    def cut(self, frame: Any, squares: list[Square], colour: Colour) -> NDArray[np.uint8]:
        size = squares[0].size
        found = self.cuda.pinned(len(squares) * size * size * 3)
        address = self.cuda.allocate(found.nbytes)
        self.cropper.cut(GpuView.of(frame, colour).cut(squares), address)
        self.cuda.download(found, address, self.stream)
        self.cuda.wait(self.stream)
        self.cuda.free(address)
        crops = found.reshape(len(squares), size, size, 3).copy()
        self.cuda.free_pinned(found)
        return crops


@pytest.fixture
def kernel(gpu: object) -> Iterator[Gpu]:
    del gpu  # the stand-in is in place
    with Counting().current():  # the calls below have no runtime that would see to it
        yield Gpu()


def differs(kernel: Gpu, frame: Any, squares: list[Square], colour: Colour = "bgr") -> int:
    """The largest difference in grey levels."""
    wanted = Picture.of(frame, colour).cut(squares).astype(int)
    return int(np.abs(kernel.cut(frame, squares, colour).astype(int) - wanted).max())


@pytest.mark.parametrize("colour", ["bgr", "rgb"])
@pytest.mark.parametrize("square", SQUARES, ids=str)
def test_crops_are_those_of_opencv(kernel: Gpu, square: Square, colour: Colour) -> None:
    assert differs(kernel, smooth(), [square], colour) <= WITHIN


def test_all_squares_are_cut_together(kernel: Gpu) -> None:
    many = [Square.around((x * 5.3, 60 + x), 30 + x, 64) for x in range(32)]
    assert differs(kernel, smooth(), many) <= WITHIN
    assert differs(kernel, smooth(), SQUARES) <= WITHIN


@pytest.mark.parametrize("colour", ["bgr", "rgb"])
@pytest.mark.parametrize("kind", kinds())
def test_every_kind_of_frame(kernel: Gpu, kind: str, colour: Colour) -> None:
    assert differs(kernel, kinds()[kind], SQUARES, colour) <= WITHIN
    assert differs(kernel, kinds()[kind], SQUARES[4:6], colour) <= WITHIN  # nothing of it is seen


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (8, 40_000), (900, 1200)])
def test_frames_of_any_size(kernel: Gpu, shape: tuple[int, int]) -> None:
    frame, middle = smooth(*shape), (shape[1] / 2, shape[0] / 2)
    squares = [Square.around(middle, 12, 32), Square.around((0, 0), 900, 32)]
    assert differs(kernel, frame, squares) <= WITHIN
    assert differs(kernel, smooth(), [Square.around((80, 60), 60, 32)]) <= WITHIN


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: str(bad)[:12])
def test_what_is_no_frame_is_refused(bad: Any) -> None:
    with pytest.raises(FrameError):
        GpuView.of(bad, "bgr")


def test_what_there_is_no_room_for_leaves_nothing_behind(
    kernel: Gpu, gpu: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ctypes.CDLL(str(gpu)).fake_live()
    monkeypatch.setenv("FAKE_DRIVER_NO_PINNED", "1")
    view = GpuView.of(smooth(900, 1200), "bgr")
    with pytest.raises(EngineError, match="out of memory"):
        kernel.cropper.cut(view.cut([Square.around((600, 450), 1300, 64)]), 1)
    assert ctypes.CDLL(str(gpu)).fake_live() == before


def test_a_frame_goes_there_once_for_several_calls(kernel: Gpu) -> None:
    frame = smooth(120, 200)
    all_over = [Square.around((x, 60), 80, size) for size in (32, 48) for x in (20, 100, 180)]
    view, address = GpuView.of(frame, "bgr"), kernel.cuda.allocate(3 * 48 * 48 * 3)
    for squares in (all_over[:3], all_over[3:], all_over[4:5]):
        kernel.cropper.cut(view.cut(squares), address)
    assert kernel.uploaded == frame.nbytes
    kernel.cuda.free(address)
    frame[:] = 255 - frame  # the next frame, in the same memory
    assert differs(kernel, frame, all_over[:3]) <= WITHIN
    little = [Square.around((60, 60), 40, 32)]
    before = kernel.uploaded
    assert differs(kernel, frame, little) <= WITHIN
    assert kernel.uploaded - before < frame.nbytes / 4


def test_what_was_uploaded_is_not_taken_for_more(kernel: Gpu) -> None:
    frame = smooth(400, 600)
    view = GpuView.of(frame, "bgr")
    found, address = kernel.cuda.pinned(32 * 32 * 3), kernel.cuda.allocate(32 * 32 * 3)
    for middle in ((60, 60), (500, 300), (62, 60), (60, 62)):
        square = Square.around(middle, 40, 32)
        kernel.cropper.cut(view.cut([square]), address)
        kernel.cuda.download(found, address, kernel.stream)
        wanted = Picture.of(frame, "bgr").cut([square]).astype(int)
        assert np.abs(found.reshape(1, 32, 32, 3) - wanted).max() <= WITHIN
    kernel.cuda.free(address)
    kernel.cuda.free_pinned(found)


class OnGpu:
    """What CuPy, Numba and PyTorch hand out; the stand-in's GPU memory is this machine's."""

    def __init__(self, pixels: NDArray[Any], **more: Any) -> None:
        self.pixels = pixels  # keeps the memory
        self.__cuda_array_interface__ = {
            "shape": pixels.shape,
            "typestr": pixels.dtype.str,
            "data": (pixels.ctypes.data, True),
            "strides": None if pixels.flags.c_contiguous else pixels.strides,
            "version": 3,
            **more,
        }


@pytest.mark.parametrize("colour", ["bgr", "rgb"])
@pytest.mark.parametrize("kind", ["colours", "grey", "bgra", "wider rows", "large"])
def test_a_frame_on_the_gpu_is_read_there(kernel: Gpu, kind: str, colour: Colour) -> None:
    frame = {
        "colours": smooth(),
        "grey": smooth()[..., 0].copy(),
        "bgra": smooth(channels=4),
        "wider rows": smooth(120, 200)[:, :160],
        "large": smooth(700, 900),
    }[kind]
    host = Picture.of(frame, colour).cut(SQUARES).astype(int)
    there = kernel.cut(OnGpu(frame, stream=1), SQUARES, colour).astype(int)
    assert np.abs(there - host).max() <= WITHIN
    assert kernel.uploaded == 0


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (np.zeros((9, 9, 7), np.uint8), "1, 3 or 4 channels"),
        (np.zeros((0, 9, 3), np.uint8), "shape"),
        (np.zeros((9, 9, 3), np.float32), "uint8 pixels, got <f4"),
        (np.zeros((9, 18, 3), np.uint8)[:, ::2], "side by side"),
        (np.zeros((9, 9, 3), np.uint8)[::-1], "side by side"),
        (np.zeros((3, 9, 9), np.uint8).transpose(1, 2, 0), "side by side"),
    ],
)
def test_what_is_no_frame_on_the_gpu_is_refused(bad: NDArray[Any], says: str) -> None:
    with pytest.raises(FrameError, match=says):
        GpuView.of(OnGpu(bad), "bgr")


def test_a_frame_on_another_gpu_is_refused(kernel: Gpu, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = OnGpu(smooth(), stream=1)
    monkeypatch.setenv("FAKE_DRIVER_ELSEWHERE", "0")
    assert kernel.cut(frame, SQUARES, "bgr").any()
    monkeypatch.setenv("FAKE_DRIVER_ELSEWHERE", "1")
    with pytest.raises(FrameError, match="another GPU"):
        kernel.cropper.cut(GpuView.of(frame, "bgr").cut(SQUARES), 1)


def test_the_program_is_the_kernel_as_nvidias_compiler_translates_it() -> None:
    try:
        found = nvrtc.translated()
    except metadata.PackageNotFoundError as error:
        pytest.skip(f"needs NVIDIA's run-time compiler: {error}")
    assert found == KERNEL.read_text(encoding="utf-8")


@pytest.mark.gpu
def test_a_gpu_cuts_the_same() -> None:
    try:
        cuda = Cuda()
    except EngineError as error:
        pytest.skip(f"needs an NVIDIA GPU: {error}")
    torch = pytest.importorskip("torch")
    with cuda.current():
        real = Gpu()
        found = [real.cut(smooth(), SQUARES, "bgr")]
        if torch.cuda.is_available():
            found.append(real.cut(torch.from_numpy(smooth()).cuda(), SQUARES, "bgr"))
    wanted = Picture.of(smooth(), "bgr").cut(SQUARES).astype(int)
    for each in found:
        assert np.abs(each.astype(int) - wanted).max() <= WITHIN


@pytest.mark.usefixtures("module")
def test_tensorrt_follows_as_on_the_host() -> None:
    """The whole loop, with the packaged network."""
    host = open_model("b0", engine="onnx", precision="fp32", threads=2)
    device = open_model("b0", engine="tensorrt", precision="fp32", device="cuda")
    assert isinstance(device.runtime, FrameRuntime)
    painter = PaintedScene(Scene(frames=12))
    frames, box = [painter.frame(i).pixels for i in range(12)], painter.truth(0)
    one, other = (SingleObjectTracker(m.runtime, m.card.tracking) for m in (host, device))
    one.init(frames[0], box)
    other.init(frames[0], box)
    many = MultiObjectTracker(device.runtime, device.card.tracking)
    first, second = many.add(frames[0], box), many.add(frames[0], (20, 30, 40, 40))
    for frame in frames[1:]:
        expected, found, both = one.update(frame), other.update(frame), many.update(frame)
        # a grey level can decide which of two neighbouring cells is the better, in a closed loop
        assert iou(found.box, expected.box) > 0.9
        assert iou(both[first].box, expected.box) > 0.9
        assert second in both
