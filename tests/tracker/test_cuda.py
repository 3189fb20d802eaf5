"""The driver's calls, against a stand-in that has this machine's memory."""

import ctypes
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tracker import EngineError
from tracker.runtime.cuda import Cuda


@pytest.fixture
def device(gpu: Path) -> Iterator[Cuda]:
    device = Cuda()
    with device.current():
        yield device
    assert ctypes.CDLL(str(gpu)).fake_current() == 0


def test_the_driver_copies_there_and_back(device: Cuda) -> None:
    stream = device.stream()
    address, here = device.allocate(64), device.pinned(64)
    here[:] = np.arange(64)
    device.upload(address, here[:32], stream)
    device.upload(address + 32, here[32:], stream)
    here[:] = 0
    device.download(here, address, stream)
    device.wait(stream)
    np.testing.assert_array_equal(here, np.arange(64))
    device.free(address)
    device.free_pinned(here)
    device.destroy_stream(stream)
    assert (device.gpu.name, device.gpu.capability) == ("Fake GPU 0", (8, 7))
    assert Cuda(1).gpu.name == "Fake GPU 1"


def test_a_driver_that_fails_says_why(device: Cuda, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineError, match=r"cuMemAlloc_v2 failed with 2: out of memory"):
        device.allocate(1 << 40)
    monkeypatch.setenv("FAKE_DRIVER_FAILS", "1")
    with pytest.raises(EngineError, match="no CUDA-capable device"):
        Cuda()
