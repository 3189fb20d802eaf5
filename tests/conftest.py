"""The reference data, and stand-ins for an NVIDIA GPU and for TensorRT."""

import ctypes
import gc
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tracker.runtime import cuda, tensorrt
from tracker.runtime.tensorrt_build import Flavour

# many small layers: a second thread costs more in waiting than it gains, above all on busy machines
os.environ.setdefault("OMP_NUM_THREADS", "1")

_SHARED = Path(os.environ.get("LOWTRACK_SHARED", Path(__file__).resolve().parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference numbers and clips; tests that need it are skipped without it."""
    if not _SHARED.is_dir():
        pytest.skip("the reference data is not beside the project (../shared or LOWTRACK_SHARED)")
    return _SHARED


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache of the tests' own, for their processes too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOWTRACK_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler for a stand-in of NVIDIA's driver")
    library = tmp_path_factory.mktemp("driver") / "libfake.so"
    source = Path(__file__).parent / "tracker" / "fake_driver.c"
    kernel = Path(cuda.__file__).parent  # crop.cu lies there
    subprocess.run(
        [compiler, "-shared", "-fPIC", f"-I{kernel}", "-o", str(library), str(source), "-lm"],
        check=True,
    )
    return library


@pytest.fixture
def empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache that a test has to itself; its folder is not there yet."""
    monkeypatch.setenv("LOWTRACK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def gpu(driver: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A stand-in for the driver, and an empty cache; returns the driver's library."""
    monkeypatch.setattr(cuda, "_LIBRARY", str(driver))
    monkeypatch.setenv("LOWTRACK_CACHE", str(tmp_path / "cache"))
    return driver


@pytest.fixture
def module(gpu: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A stand-in for TensorRT 10.3."""
    from tests.tracker import fake_tensorrt  # needs onnx

    module = fake_tensorrt.make_module("10.3.0")
    monkeypatch.setattr(
        tensorrt, "find_flavour", lambda: Flavour(module, "tensorrt", module.__version__)
    )
    yield module
    gc.collect()
    assert ctypes.CDLL(str(gpu)).fake_live() == 0, "memory was not given back"
    assert ctypes.CDLL(str(gpu)).fake_current() == 0, "the thread's GPU was not given back"
