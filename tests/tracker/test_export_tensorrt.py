"""TensorRT without a GPU: real engines built by TensorRT-RTX, running them with a stand-in."""

from __future__ import annotations

import ctypes
import gc
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tracker import fake_tensorrt
from tests.tracker.model_folder import noise, random_network, write_model
from tracker import EngineError, weights
from tracker.loading import open_model
from tracker.runtime import cuda, tensorrt
from tracker.runtime.cache import entry_path
from tracker.runtime.cuda import Cuda
from tracker.runtime.half import write_half_graphs
from tracker.runtime.tensorrt_build import RTX, Batches, Flavour, build_plan, find_flavour

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
BATCHES = Batches(1, 32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_model(tmp_path_factory.mktemp("model") / "b0")
    write_half_graphs(random_network(), folder)
    return folder


BUILD = """\
import sys
from pathlib import Path
from tracker.runtime.tensorrt_build import Batches, RTX, build_plan, find_flavour
flavour = find_flavour((RTX,))
for graph, precision in zip(sys.argv[1::2], sys.argv[2::2]):
    print(len(build_plan(flavour, Path(graph), precision, Batches(1, 32))))
"""


def rtx(code: str, *arguments: str) -> str:
    """Run in a process of its own, which it may end."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if "cannot be imported" in done.stderr:
        pytest.skip("TensorRT-RTX is not installed: pip install 'lowtrack[tensorrt-rtx]'")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("precision", ["fp16", "fp32"])
def test_tensorrt_rtx_builds_both_graphs(folder: Path, precision: str) -> None:
    ending = ".onnx" if precision == "fp32" else ".fp16.onnx"
    graphs = [str(folder / (part + ending)) for part in ("encode", "match")]
    sizes = rtx(BUILD, graphs[0], precision, graphs[1], precision).split()
    assert len(sizes) == 2
    assert all(int(size) > 1e6 for size in sizes), sizes


def test_tensorrt_rtx_says_what_it_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "junk.onnx").write_bytes(b"junk")
    code = BUILD.replace("print(len(", "try:\n        print(len(").rstrip() + (
        "\n    except Exception as error:\n        print(type(error).__name__, error)\n"
    )
    said = rtx(code, str(tmp_path / "junk.onnx"), "fp32")
    assert said.startswith("EngineError")
    assert "junk.onnx" in said


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("needs a C compiler for a stand-in of NVIDIA's driver")
    library = tmp_path_factory.mktemp("driver") / "libfake.so"
    source = HERE / "fake_driver.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
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


@pytest.mark.usefixtures("gpu")
def test_the_driver_copies_there_and_back() -> None:
    device = Cuda()
    device.use()
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


@pytest.mark.usefixtures("gpu")
def test_a_driver_that_fails_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    device = Cuda()
    device.use()
    with pytest.raises(EngineError, match=r"cuMemAlloc_v2 failed with 2: out of memory"):
        device.allocate(1 << 40)
    monkeypatch.setenv("FAKE_DRIVER_FAILS", "1")
    with pytest.raises(EngineError, match="no CUDA-capable device"):
        Cuda()


def test_without_a_driver_there_is_no_gpu(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cuda, "_LIBRARY", str(tmp_path / "none.so"))
    with pytest.raises(EngineError, match="no NVIDIA driver here"):
        open_model(folder, engine="tensorrt", device="cuda")


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_it_gives_the_same_maps(folder: Path, precision: Any) -> None:
    model = open_model(folder, engine="tensorrt", device="cuda", precision=precision)
    other = open_model(folder, engine="onnx", precision=precision, threads=1)
    for count in (1, 3, 2):
        templates, searches = noise(count, 128, seed=1), noise(count, 256, seed=count)
        answers = [
            each.runtime.match(
                each.runtime.stack([each.runtime.encode(t[None]) for t in templates]), searches
            )
            for each in (model, other)
        ]
        for name in ("score", "size", "offset"):
            a, b = (getattr(answer, name) for answer in answers)
            np.testing.assert_allclose(a, b, atol=1e-5)


@pytest.mark.usefixtures("module")
def test_answers_are_the_callers_own_and_memory_may_change(folder: Path) -> None:
    runtime = open_model(folder, engine="tensorrt", device="cuda").runtime
    one, two = (runtime.encode(noise(1, 128, seed=seed)) for seed in (1, 2))
    search = noise(1, 256)
    first = runtime.match(one, search).score
    kept = first.copy()
    second = runtime.match(two, search).score
    np.testing.assert_array_equal(first, kept)
    assert not np.allclose(first, second)
    np.testing.assert_array_equal(runtime.match(one, search).score, kept)


@pytest.mark.usefixtures("module")
def test_too_many_crops_are_refused(folder: Path) -> None:
    runtime = open_model(folder, engine="tensorrt", device="cuda").runtime
    memory = runtime.stack([runtime.encode(noise(1, 128))] * 33)
    with pytest.raises(EngineError, match="at most 32"):
        runtime.match(memory, np.zeros((33, 256, 256, 3), np.uint8))


def test_engines_are_built_once(folder: Path, module: Any) -> None:
    for _ in range(3):
        open_model(folder, engine="tensorrt", device="cuda")
    assert [Path(path).name for path, _ in module.built] == ["encode.fp16.onnx", "match.fp16.onnx"]
    assert len(module.loaded) == 6


@pytest.mark.parametrize("damage", ["cut", "changed", "no plan", "foreign", "writable by others"])
def test_what_is_damaged_or_foreign_is_built_again(
    folder: Path, module: Any, damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_model(folder, engine="tensorrt", device="cuda")
    for path in (tmp_path / "cache").iterdir():
        data = path.read_bytes()
        if damage == "cut":
            path.write_bytes(data[:-5])
        elif damage == "changed":
            path.write_bytes(data.replace(b"encode", b"edcode").replace(b"match", b"natch"))
        elif damage == "no plan":
            path.write_bytes(b"")
        elif damage == "writable by others":
            path.chmod(0o666)
    if damage == "foreign":
        monkeypatch.setattr("os.getuid", lambda: 12345)
    open_model(folder, engine="tensorrt", device="cuda")
    assert len(module.built) == 4
    for path in (tmp_path / "cache").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600


def test_another_gpu_version_or_precision_is_another_engine(
    folder: Path, module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_model(folder, engine="tensorrt", device="cuda")
    open_model(folder, engine="tensorrt", device="cuda:1")
    open_model(folder, engine="tensorrt", device="cuda", precision="fp32")
    monkeypatch.setattr(tensorrt, "find_flavour", lambda: Flavour(module, "tensorrt", "10.7.0"))
    open_model(folder, engine="tensorrt", device="cuda")
    assert len(module.built) == 8


def test_an_engine_that_cannot_be_kept_is_used_and_that_is_told(
    folder: Path, module: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    for _ in range(2):
        runtime = open_model(folder, engine="tensorrt", device="cuda").runtime
        runtime.encode(noise(1, 128))
    assert len(module.built) == 4
    assert "cannot be kept" in caplog.text
    caplog.clear()  # its errors hold on to the engines


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize("device", ["cpu", "cuda:x", "gpu"])
def test_it_runs_on_gpus_only(folder: Path, device: str) -> None:
    with pytest.raises(EngineError, match=f"not on '{device}'"):
        open_model(folder, engine="tensorrt", device=device)


@pytest.mark.parametrize(
    ("version", "precision", "flags"),
    [
        ("8.6.1", "fp32", []),
        ("8.6.1", "fp16", ["FP16"]),
        ("8.6.1", "int8", ["INT8"]),
        ("10.3.0", "fp16", []),
        ("11.4.0", "fp16", []),
        ("11.4.0", "int8", []),
    ],
)
def test_every_version_is_asked_in_its_own_way(
    folder: Path, version: str, precision: Any, flags: list[str]
) -> None:
    module = fake_tensorrt.make_module(version)
    plan = build_plan(
        Flavour(module, "tensorrt", version), folder / "match.fp16.onnx", precision, BATCHES
    )
    assert plan.startswith(b"PLAN")
    assert module.built == [(str(folder / "match.fp16.onnx"), flags)]


def test_a_failed_build_says_why(folder: Path, tmp_path: Path) -> None:
    flavour = Flavour(fake_tensorrt.make_module("10.3.0"), "tensorrt", "10.3.0")
    bad = tmp_path / "unbuildable.onnx"
    shutil.copyfile(folder / "match.fp16.onnx", bad)
    with pytest.raises(EngineError, match="no kernel for this layer"):
        build_plan(flavour, bad, "fp16", BATCHES)
    bad.write_bytes(b"junk")
    with pytest.raises(EngineError, match="error 0: not a graph"):
        build_plan(flavour, bad, "fp16", BATCHES)


def test_no_tensorrt_says_how_to_install_it() -> None:
    with pytest.raises(EngineError, match=r"pip install 'lowtrack\[tensorrt\]'"):
        find_flavour(("no_such_module",))
    assert not Flavour(None, "tensorrt", "8.6.1").strongly_typed
    assert Flavour(None, RTX, "1.2.0").strongly_typed


@pytest.mark.usefixtures("gpu")
def test_the_key_of_an_engine_depends_on_the_graph(folder: Path, tmp_path: Path) -> None:
    flavour, card = Flavour(None, "tensorrt", "10.3.0"), weights.read(folder)
    copy = tmp_path / "match.fp16.onnx"
    copy.write_bytes((folder / "match.fp16.onnx").read_bytes() + b" ")
    keys = [
        tensorrt._key(flavour, Cuda(), card, graph, "fp16")
        for graph in (folder / "match.fp16.onnx", copy)
    ]
    assert entry_path("engine", keys[0]) != entry_path("engine", keys[1])
