"""`lowtrack profile backbones`, as a user types it: what it says, never how fast it was."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import pytest
import torch
from torch import Tensor, nn

from apps import profile_backbones_run
from apps.cli import main
from backbones import VARIANTS

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "lowformer_classifier.json"
Golden = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def golden() -> Golden:
    found: Golden = json.loads(GOLDEN.read_text())["variants"]
    return found


def profile(*arguments: object) -> int:
    return main(["profile", "backbones", *map(str, arguments)])


def tiny(*arguments: object) -> int:
    few = ("--size", 64, "--rounds", 2, "--runs", 2, "--batch", 2, "--threads", 1)
    return profile("--variants", "b0", "e1", *few, *arguments)


class Idle:
    """An engine that does nothing."""

    def bind(self, _: Tensor) -> Callable[[], object]:
        return lambda: None


def test_all_variants_have_the_published_macs(
    golden: Golden, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        profile_backbones_run,
        "open_engines",
        lambda found, _: {each.name: Idle() for each in found},
    )
    path = tmp_path / "all.json"
    assert profile("--part", "classifier", "--rounds", 1, "--batch", 1, "--json", path) == 0
    rows = {row["name"]: row for row in json.loads(path.read_text())["rows"]}
    assert list(rows) == list(VARIANTS)
    for name, row in rows.items():
        assert row["macs"] == golden[name]["macs"], name
        assert row["parameters"] == golden[name]["params"], name


def test_files_say_what_the_screen_says(
    golden: Golden, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    out = [tmp_path / "new" / name for name in ("b.json", "b.csv", "b.png")]
    files = ("--json", out[0], "--csv", out[1], "--plot", out[2])
    assert tiny("--engine", "eager", *files) == 0
    text, errors = capfd.readouterr()
    assert not errors
    for word in ("eager, cpu, threads: 1", "64x64", f"python {sys.version.split()[0]}", "images/s"):
        assert word in text, word
    found = json.loads(out[0].read_text())
    assert found["machine"]["cpu"]
    assert found["settings"]["part"] == "backbone"
    for row in found["rows"]:
        assert row["parameters"] == golden[row["name"]]["backbone_params"]
        for name, batch in (("latency", 1), ("throughput", 2)):
            result = row[name]
            assert result["batch"] == batch
            assert (result["baseline"], result["ratio"]["rounds"]) == ("b0", 2)
            assert 0 < result["ms"]["median"] <= result["ms"]["p95"]
            speed = batch * row["macs"] / result["ms"]["median"] / 1e6
            assert result["gmacs_per_second"] == pytest.approx(speed, rel=0.01)
    assert found["rows"][0]["latency"]["ratio"]["median"] == 1
    with out[1].open() as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == ["b0", "e1"]
    assert float(rows[1]["latency_ms_median"]) == found["rows"][1]["latency"]["ms"]["median"]
    picture = cv2.imread(str(out[2]))
    assert picture is not None
    assert picture.std() > 5


@pytest.mark.parametrize("engine", ["onnx", "openvino"])
def test_other_engines_run_them_too(engine: str, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("onnx")
    pytest.importorskip("openvino" if engine == "openvino" else "onnxruntime")
    assert tiny("--engine", engine, "--size", "64x96", "--rounds", 1, "--runs", 1) == 0
    text = capfd.readouterr().out
    assert f"{engine}, cpu" in text
    assert "64x96" in text


class Peer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2, padding=1)

    def forward(self, images: Tensor) -> list[Tensor]:
        if images.shape[-1] != 64:
            raise RuntimeError("I only take 64")
        return [self.conv(images)]


def create(name: str, *, pretrained: bool, features_only: bool = False) -> nn.Module:
    assert not pretrained
    if name == "flat" and features_only:
        raise RuntimeError("no features")
    return Peer()


@pytest.fixture
def timm(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is used of timm."""
    module = SimpleNamespace(
        __version__="9.9", create_model=create, is_model=lambda name: name in ("peer", "flat")
    )
    monkeypatch.setitem(sys.modules, "timm", module)


@pytest.mark.usefixtures("timm")
def test_networks_of_timm_run_beside_them(tmp_path: Path) -> None:
    path = tmp_path / "peers.json"
    assert tiny("--engine", "eager", "--peers", "peer", "--json", path) == 0
    found = json.loads(path.read_text())
    assert found["versions"]["timm"] == "9.9"
    row = found["rows"][-1]
    assert (row["name"], row["origin"]) == ("timm peer", "timm")
    assert row["macs"] == 9 * 3 * 8 * 32 * 32
    assert row["latency"]["baseline"] == "b0"


@pytest.mark.usefixtures("timm")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--peers", "x"], "timm 9.9 has no network 'x'"),
        (["--peers", "flat"], "--part classifier"),
        (["--peers", "peer", "--size", "96"], "takes no 96x96: I only take 64"),
        (["--variants", "b77"], "no variant 'b77' of LowFormer: there are b0, b1"),
        (["--engine", "steam"], "'steam'"),
        (["--engine", "eager", "--device", "toaster"], "no device 'toaster'"),
        (["--size", "31"], "neither a number of pixels nor WIDTHxHEIGHT"),
        (["--rounds", "0"], "at least 1"),
        (["--part", "half"], "'half'"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str], says: str, refused: Callable[[int, str], None]
) -> None:
    refused(tiny(*arguments), says)


@pytest.mark.parametrize("broken", [False, True])
def test_without_timm_it_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
    refused: Callable[[int, str], None],
    broken: bool,  # noqa: FBT001
) -> None:
    def find(name: str, *_: object) -> None:
        if name == "timm":
            raise RuntimeError("operator torchvision::nms does not exist")

    if broken:
        monkeypatch.delitem(sys.modules, "timm", raising=False)
        monkeypatch.setattr(sys, "meta_path", [SimpleNamespace(find_spec=find), *sys.meta_path])
    else:
        monkeypatch.setitem(sys.modules, "timm", None)  # as import leaves it
    refused(tiny("--peers", "resnet18"), "cannot be used here" if broken else "pip install timm")


def test_random_numbers_of_others_are_left_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    assert tiny("--engine", "eager", "--rounds", 1, "--runs", 1) == 0
    assert torch.rand(1) == expected
