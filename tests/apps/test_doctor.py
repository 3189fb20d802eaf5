"""`lowtrack doctor`, as a user types it."""

from __future__ import annotations

import sys

import pytest

import tracker
from apps.cli import main
from tracker.runtime import probe, tensorrt_build


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
