"""A small folder of training data, and stand-ins for an NVIDIA GPU and for TensorRT."""

import ctypes
import gc
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from tests.tracker import fake_tensorrt
from tests.tracker.pictures import write_clip
from tracker.runtime import cuda, tensorrt
from tracker.runtime.tensorrt_build import Flavour
from tracker.training import corpus
from tracker.training.corpus import Corpus

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("train")
    for name in ("one", "two", "kept-apart"):
        write_clip(root / "sequences" / name, 8)
    (root / "stills").mkdir()
    entries = []
    for i, boxes in enumerate(([[50, 40, 30, 30]], [[10, 10, 4, 4]], None)):
        picture = np.full((100, 140, 3), (200, 60, 40), np.uint8)
        picture[40:70, 50:80] = (20, 30, 220)
        cv2.imwrite(str(root / "stills" / f"{i}.jpg"), picture)
        entries.append({"file": f"{i}.jpg", "source": "made here", "boxes": boxes})
    (root / "stills.json").write_text(json.dumps(entries))
    return root


@pytest.fixture(scope="module")
def pictures(root: Path) -> Corpus:
    return corpus.load(root, without=frozenset({"kept-apart"}), device=torch.device("cpu"))


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler for a stand-in of NVIDIA's driver")
    library = tmp_path_factory.mktemp("driver") / "libfake.so"
    source = HERE / "fake_driver.c"
    kernel = Path(cuda.__file__).parent  # crop.cu lies there
    subprocess.run(
        [compiler, "-shared", "-fPIC", f"-I{kernel}", "-o", str(library), str(source), "-lm"],
        check=True,
    )
    return library


@pytest.fixture
def gpu(driver: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A stand-in for the driver, and an empty cache; returns the driver's library."""
    monkeypatch.setattr(cuda, "_LIBRARY", str(driver))
    monkeypatch.setenv("LOWTRACK_CACHE", str(tmp_path / "cache"))
    return driver


@pytest.fixture
def module(gpu: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A stand-in for TensorRT 10.3."""
    module = fake_tensorrt.make_module("10.3.0")
    monkeypatch.setattr(
        tensorrt, "find_flavour", lambda: Flavour(module, "tensorrt", module.__version__)
    )
    yield module
    gc.collect()
    assert ctypes.CDLL(str(gpu)).fake_live() == 0, "memory was not given back"
    assert ctypes.CDLL(str(gpu)).fake_current() == 0, "the thread's GPU was not given back"
