"""The whole loop with frames on the device: the CPU, forced into it, and a GPU where one is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import tracker
from apps.render import PaintedScene, Scene
from tests.tracker.model_folder import write_model
from tests.tracker.test_single import KINDS, START
from tracker import Box, FrameError, MultiObjectTracker, SingleObjectTracker
from tracker.frame import Colour
from tracker.loading import Model, open_model
from tracker.runtime import FrameRuntime
from tracker.runtime.device_frame import DeviceFrame
from tracker.runtime.eager import EagerRuntime
from tracker.runtime.on_device import OnDevice

CPU = torch.device("cpu")


class Counting(OnDevice):
    """Counts the frames that go to the device."""

    uploads = 0

    def upload(self, frame: object, colour: Colour) -> DeviceFrame:
        self.uploads += 1
        return super().upload(frame, colour)


@pytest.fixture(scope="module")
def host() -> Model:
    """The packaged network, which finds things."""
    return open_model("b0", engine="eager", threads=1)


@pytest.fixture
def device(host: Model) -> Counting:
    assert isinstance(host.runtime, EagerRuntime)
    return Counting(host.runtime, CPU)


@pytest.fixture(scope="module")
def clip() -> tuple[list[NDArray[np.uint8]], list[Box]]:
    painter = PaintedScene(Scene(frames=40))
    return [painter.frame(i).pixels for i in range(40)], [painter.truth(i) for i in range(40)]


def followed(runtime: Any, model: Model, frames: list[Any], box: Box) -> Iterator[Box]:
    follower = SingleObjectTracker(runtime, model.card.tracking)
    follower.init(frames[0], box)
    return (follower.update(frame).box for frame in frames[1:])


def test_boxes_are_those_of_the_host(host: Model, device: Counting, clip: Any) -> None:
    frames, truth = clip
    pairs = zip(
        followed(host.runtime, host, frames, truth[0]),
        followed(device, host, frames, truth[0]),
        strict=True,
    )
    agree(pairs)
    assert device.uploads == len(frames)


def agree(pairs: Iterable[tuple[Box, Box]]) -> None:
    apart = [float(np.abs(np.subtract(tuple(a), tuple(b))).max()) for a, b in pairs]
    # where two cells are alike, the last grey level decides, and boxes part for some frames
    assert np.median(apart) < 0.5
    assert max(apart[:10]) < 0.5
    assert apart[-1] < 0.5


def test_several_targets_share_one_upload(host: Model, device: Counting, clip: Any) -> None:
    frames, truth = clip
    places = [truth[0], Box(20, 30, 40, 40), Box(500, 250, 60, 30)]
    many = MultiObjectTracker(device, host.card.tracking)
    plain = MultiObjectTracker(host.runtime, host.card.tracking)
    for place in places:
        assert many.add(frames[0], place) == plain.add(frames[0], place)
    before = device.uploads
    for frame in frames[1:8]:
        found, expected = many.update(frame), plain.update(frame)
        assert found.keys() == expected.keys()
        assert tuple(found[0].box) == pytest.approx(tuple(expected[0].box), abs=0.5)
    assert device.uploads - before == 7


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_frame_gives_the_same_box(kind: str, host: Model, device: Counting) -> None:
    frames = [KINDS[kind], KINDS[kind]]
    (expected,) = followed(host.runtime, host, frames, START)
    (box,) = followed(device, host, frames, START)
    assert tuple(box) == pytest.approx(tuple(expected), abs=0.1)


@pytest.mark.parametrize("bad", [None, "x", np.zeros((0, 0, 3), np.uint8), np.full((9, 9), np.nan)])
def test_a_bad_frame_is_an_error_and_leaves_the_state(
    bad: Any, host: Model, device: Counting, clip: Any
) -> None:
    frames, truth = clip
    one, two = (SingleObjectTracker(device, host.card.tracking) for _ in range(2))
    for each in (one, two):
        each.init(frames[0], truth[0])
    with pytest.raises(FrameError):
        one.update(bad)
    assert one.update(frames[1]) == two.update(frames[1])


def test_tensors_are_taken_on_the_device_only(host: Model, device: Counting, clip: Any) -> None:
    frames, truth = clip
    tensors = [torch.from_numpy(frame) for frame in frames[:4]]
    boxes = list(followed(device, host, tensors, truth[0]))
    assert boxes == list(followed(device, host, frames[:4], truth[0]))
    with pytest.raises(FrameError, match="NumPy array, got Tensor"):
        next(followed(host.runtime, host, tensors, truth[0]))


def test_where_frames_go_is_settled_by_the_engine_and_its_device(
    host: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not isinstance(host.runtime, FrameRuntime)
    assert not isinstance(open_model("b0", threads=1).runtime, FrameRuntime)
    folder = write_model(tmp_path / "b0")
    # a device whose tensors hold no numbers, and which is no CPU
    monkeypatch.setattr("tracker.runtime.eager.place", torch.device)
    assert isinstance(open_model(folder, engine="eager", device="meta").runtime, OnDevice)


@pytest.fixture
def gpu() -> str:
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
    return "cuda"


@pytest.mark.gpu
@pytest.mark.parametrize("engine", ["eager", "compiled"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")
def test_boxes_on_a_gpu_are_those_of_the_host(
    engine: Any, gpu: str, host: Model, clip: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)  # as short a mantissa as fp16
    frames, truth = clip
    model = open_model("b0", engine=engine, device=gpu)
    assert isinstance(model.runtime, FrameRuntime)
    pairs = zip(
        followed(host.runtime, host, frames, truth[0]),
        followed(model.runtime, model, frames, truth[0]),
        strict=True,
    )
    agree(pairs)


class Mapped:
    """Pinned memory of this machine as an array of the GPU: what docs/engines.md shows."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.memory = torch.empty(shape, dtype=torch.uint8, pin_memory=True)
        self.__cuda_array_interface__ = {
            "shape": shape,
            "typestr": "|u1",
            "data": (self.memory.data_ptr(), False),
            "version": 2,
        }


@pytest.mark.gpu
def test_a_mapped_frame_is_not_copied(gpu: str, clip: Any) -> None:
    frames, truth = clip
    buffer = Mapped(frames[0].shape)
    frame, pixels = torch.as_tensor(buffer, device=gpu), buffer.memory.numpy()
    assert frame.data_ptr() == buffer.memory.data_ptr()
    mapped, plain = (tracker.load("b0", engine="eager", device=gpu) for _ in range(2))
    pixels[...] = frames[0]
    mapped.init(frame, truth[0])
    plain.init(frames[0], truth[0])
    for each in frames[1:10]:
        pixels[...] = each
        assert tuple(mapped.update(frame).box) == pytest.approx(tuple(plain.update(each).box))
