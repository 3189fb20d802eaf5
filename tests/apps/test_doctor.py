"""`lowtrack doctor`, as a user types it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import tracker
from apps.cli import main
from tracker import EngineError
from tracker.loading import open_model
from tracker.runtime import probe, tensorrt_build

ROOT = Path(__file__).resolve().parents[2]


def test_the_doctor_says_what_works(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    text = capfd.readouterr().out
    lines = {line.split()[1]: line for line in text.splitlines() if line.startswith("  ")}
    assert lines["onnx"].startswith("  yes")
    assert "onnxruntime" in lines["onnx"]
    assert "cpu" in lines["onnx"]
    assert lines["models"].split(maxsplit=2)[2] == ", ".join(tracker.available())
    for engine in ("openvino", "tensorrt", "eager", "compiled"):
        assert lines[engine].split()[0] in {"yes", "no"}


def test_the_doctor_says_what_to_install(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("openvino", "torch", "onnxruntime"):
        monkeypatch.setitem(sys.modules, module, None)
    assert main(["doctor"]) == 1  # the default engine is gone
    text = capfd.readouterr().out
    assert "no   onnx" in text
    for remedy in ("onnxruntime", "'lowtrack[openvino]'", "'lowtrack[torch]'"):
        assert f"pip install {remedy}" in text


@pytest.mark.parametrize("error", [OSError("libtbb.so.12"), RuntimeError("no home"), ImportError()])
def test_what_is_broken_is_said_and_the_rest_goes_on(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    error: Exception,
) -> None:
    """As when a library is missing that a package needs."""
    for name in ("openvino", "torch"):
        (tmp_path / f"{name}.py").write_text(f"raise {error!r}\n")
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    assert main(["doctor"]) == 0
    text = capfd.readouterr().out
    assert f"openvino cannot be imported: {error}" in text
    assert f"torch cannot be imported: {error}" in text
    monkeypatch.setenv("LOWTRACK_CACHE", str(tmp_path / "cache"))
    assert open_model("b0", engine="auto").engine == "onnx"
    with pytest.raises(EngineError, match="torch cannot be imported"):
        tracker.load("b0", engine="eager")


def test_engines_do_not_report_to_their_makers() -> None:
    code = (
        "import sys, os, tracker; tracker.load('b0', engine=sys.argv[1])\n"
        "print(os.environ['ORT_DISABLE_TELEMETRY'], sys.modules['openvino_telemetry'])"
    )
    for engine in ("onnx", "openvino"):
        pytest.importorskip(engine.replace("onnx", "onnxruntime"))
        words = [sys.executable, "-c", code, engine]
        done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT)
        assert done.stdout.split() == ["1", "None"]


def test_tensorrt_is_looked_at_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that crashes is a finding, not the end of the doctor."""
    monkeypatch.setattr(probe, "_TENSORRT", "import os; os.abort()")
    finding = probe.probe("tensorrt")
    assert not finding.works
    assert "ended with" in finding.detail
    assert "tensorrt" not in sys.modules
    monkeypatch.setattr(probe, "_TENSORRT", "print('tensorrt 10.3, Orin')")
    assert probe.probe("tensorrt").devices == ("cuda",)
    assert tensorrt_build.RTX not in sys.modules


def test_a_gpu_that_onnxruntime_only_offers_is_not_promised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its GPU build offers CUDA on every machine."""
    import onnxruntime as ort

    offered = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(ort, "get_available_providers", lambda: offered)
    monkeypatch.setattr(ort, "InferenceSession", Session)
    finding = probe.probe("onnx")
    assert finding.devices == ("cpu",)
    assert "cannot use 'cuda' here" in finding.detail


class Session:
    """Goes on without a GPU, as the real one does."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def get_providers(self) -> list[str]:
        return ["CPUExecutionProvider"]


def test_compiling_for_a_gpu_needs_triton(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    finding = probe.probe("compiled")
    assert "cuda" not in finding.devices
    assert "triton" in finding.detail
    assert probe.probe("eager").devices == ("cpu", "cuda")


def test_where_there_is_no_home_nothing_is_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As for a user id without a name, in a container."""

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for variable in ("LOWTRACK_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert main(["doctor"]) == 0
    text = capsys.readouterr().out
    assert (
        "is not kept: Could not determine home directory. Name a folder in LOWTRACK_CACHE" in text
    )
