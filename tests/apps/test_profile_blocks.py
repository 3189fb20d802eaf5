"""`lowtrack profile blocks`: the blocks have equal MACs, and everything is told and written."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
import torch

from apps.cli import main
from apps.profile_block_kinds import (
    CHANNELS,
    DEPTHWISE,
    EXPANSION,
    FULL,
    FUSED,
    GROUPED,
    MBCONV,
    REDUCED,
    STRIDES,
    blocks,
    fused_cost,
    mbconv_widths,
)
from apps.profile_engines import TorchEngine
from backbones import VARIANTS, LowFormer, count_macs

CONVOLUTIONS = (FUSED, MBCONV, GROUPED, DEPTHWISE)


def profile(*arguments: object) -> int:
    return main(["profile", "blocks", *map(str, arguments)])


def tiny(*arguments: object) -> int:
    few = ("--size", 32, "--rounds", 2, "--runs", 2, "--threads", 1, "--engine", "eager")
    return profile(*few, *arguments)


@pytest.mark.parametrize("size", [224, 256])
def test_macs_are_equal_in_all_kinds_and_stages(size: int) -> None:
    counted = {}
    for stage in (1, 2, 3, 4):
        side = size // STRIDES[stage - 1]
        for block in blocks(stage):
            inputs = torch.zeros(1, block.channels, side, side, device="meta")
            counted[block.kind, stage] = count_macs(block.network.eval(), inputs)
    budget = counted[FUSED, 1]
    assert budget == fused_cost(CHANNELS[0]) * (size // 4) ** 2
    for (kind, stage), macs in counted.items():
        if kind in CONVOLUTIONS:
            assert macs == pytest.approx(budget, rel=0.002), (kind, stage)
        assert counted[REDUCED, stage] < counted[FULL, stage]
    assert [counted[FUSED, stage] for stage in (2, 3, 4)] == [budget] * 3


def test_a_block_keeps_its_map() -> None:
    for stage in (1, 4):
        for block in blocks(stage):
            inputs = torch.zeros(1, block.channels, 3, 5, device="meta")
            assert block.network.to("meta").eval()(inputs).shape == inputs.shape, block.name


def test_lowformers_own_blocks_are_among_them() -> None:
    """Local and attention parts of B0's third stage, which is narrow enough for fused blocks."""
    third = LowFormer(VARIANTS["b0"]).stages[2]
    shapes = {tuple(value.shape) for value in third.state_dict().values()}
    mine = {block.kind: block for block in blocks(3)}
    for kind in (FUSED, REDUCED):
        found = {tuple(value.shape) for value in mine[kind].network.state_dict().values()}
        assert found <= shapes, kind


@pytest.mark.parametrize("channels", [32, 48, 64, 96, 128, 192, 256, 384, 512])
def test_widths_can_be_solved_for_other_budgets(channels: int) -> None:
    budget = fused_cost(channels)
    width, hidden = mbconv_widths(budget)
    assert hidden * (2 * width + 9) == pytest.approx(budget, rel=0.01)
    assert width % 8 == hidden % 4 == 0
    assert 0.9 <= hidden / (EXPANSION * width) <= 1.1


def test_files_say_what_the_screen_says(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    out = [tmp_path / "new" / name for name in ("k.json", "k.csv", "k.png")]
    files = ("--json", out[0], "--csv", out[1], "--plot", out[2])
    assert tiny("--stages", 4, 3, "--batch", 2, *files) == 0
    text, errors = capfd.readouterr()
    assert not errors
    for word in ("eager, cpu, threads: 1", "GMAC/s", "MBConv: stage 3 / stage 4: ", "middle half"):
        assert word in text, word
    found = json.loads(out[0].read_text())
    kinds = [*CONVOLUTIONS, FULL, REDUCED]
    assert [(row["stage"], row["kind"]) for row in found["rows"]] == [
        (stage, kind) for stage in (3, 4) for kind in kinds
    ]
    for row in found["rows"]:
        attention = row["kind"] not in CONVOLUTIONS
        assert row["baseline"] == f"{FULL if attention else FUSED}, stage {row['stage']}"
        assert (row["deviation"] is None) == attention
        assert attention or abs(row["deviation"]) < 0.002
        assert (row["width"], row["batch"]) == (2 if row["stage"] == 3 else 1, 2)
        assert row["ratio"]["low"] <= row["ratio"]["median"] <= row["ratio"]["high"]
        assert len(row["rounds_ms"]) == 2
    assert list(found["early_late"]) == list(CONVOLUTIONS)
    with out[1].open() as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == [row["name"] for row in found["rows"]]
    assert float(rows[0]["ms_p95"]) == found["rows"][0]["ms"]["p95"]
    picture = cv2.imread(str(out[2]))
    assert picture is not None
    assert picture.std() > 5


def test_onnx_runtime_takes_every_block(capfd: pytest.CaptureFixture[str]) -> None:
    for package in ("onnx", "onnxruntime"):
        pytest.importorskip(package)
    assert tiny("--engine", "onnx", "--stages", 4, "--rounds", 1) == 0
    text = capfd.readouterr().out
    for kind in (*CONVOLUTIONS, FULL, REDUCED):
        assert f"{kind}, stage 4" in text
    assert "stage 4 / stage 4" not in text


def test_what_cannot_be_run_is_named(
    monkeypatch: pytest.MonkeyPatch, refused: Callable[[int, str], None]
) -> None:
    """For want of memory, or of a compiler."""

    def bind(*_: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(TorchEngine, "bind", bind)
    refused(tiny("--stages", 4), "fused MBConv, stage 4 cannot be run, batch 1: out of memory")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--plot", "p.mp4"], "p.mp4: the name of a picture"),
        (["--size", "100"], "multiples of 32"),
        (["--size", "big"], "neither a number of pixels nor WIDTHxHEIGHT"),
        (["--stages", "5"], "invalid choice: 5"),
        (["--engine", "tflite"], "'tflite'"),
        (["--device", "toaster"], "no device 'toaster'"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str], says: str, refused: Callable[[int, str], None]
) -> None:
    refused(tiny(*arguments), says)
