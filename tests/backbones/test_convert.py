"""Checkpoints of others, whole and broken; most hold one number a tensor, so they stay small."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from itertools import cycle
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from backbones import VARIANTS, CheckpointError, LowFormer, load_classifier
from backbones.checkpoint import read_tensors
from backbones.convert import closest, convert, load_backbone, main
from backbones.names import AUTHORS, TIMM, backbone_names, classifier_names
from tests.backbones.foreign import Entries, meta, refused, saved, small
from tests.golden import filling

A_BIAS = "backbone.stages.2.op_list.1.total.1.main.spatial_conv.conv.bias"


@pytest.fixture(scope="module")
def state() -> Entries:
    """A b0 with a value of its own in every place, in our names."""
    network = meta("b0")
    names = classifier_names(network)
    filled = filling.filled({names[k]: list(v.shape) for k, v in network.state_dict().items()})
    return {ours: filled[name] for ours, name in names.items()}


def renamed(state: Entries, names: dict[str, str]) -> Entries:
    return {names[ours]: value for ours, value in state.items()}


def test_authors_pickle_to_weights_and_card(state: Entries, tmp_path: Path) -> None:
    source = saved({"state_dict": renamed(state, classifier_names(meta("b0")))}, tmp_path / "a.pt")
    target = tmp_path / "b0.safetensors"
    command = [sys.executable, "-m", "backbones.convert", str(source), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    card = json.loads(target.with_suffix(".json").read_text())
    assert card["network"] == "b0"
    assert card["sha256"] == sha256(target.read_bytes()).hexdigest()
    assert card["sha256"] in done.stdout
    assert sha256(source.read_bytes()).hexdigest() in card["source"]
    assert "Apache-2.0" in card["license"]
    classifier = load_classifier(target)
    assert not classifier.training
    for ours, value in classifier.state_dict().items():
        assert torch.equal(value, state[ours]), ours
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.pt", "b0.json", "b0.safetensors"]


def test_timms_safetensors_is_the_same_network(state: Entries, tmp_path: Path) -> None:
    source, target = tmp_path / "model.safetensors", tmp_path / "b0.safetensors"
    save_file(renamed(state, classifier_names(meta("b0"), TIMM)), source)
    assert main([str(source), str(target), "--origin", "a place", "--license", "MIT"]) == 0
    card = json.loads(target.with_suffix(".json").read_text())
    assert (card["source"], card["license"]) == ("a place", "MIT")
    for ours, value in load_file(target).items():
        assert torch.equal(value, state[ours]), ours


def test_other_number_types_become_float32(tmp_path: Path) -> None:
    entries = small()
    weights = [name for name, value in entries.items() if value.is_floating_point()]
    for name, number in zip(weights, cycle((torch.float16, torch.bfloat16, torch.float64))):
        entries[name] = entries[name].to(number)
    convert(saved(entries, tmp_path / "a.pt"), tmp_path / "b0.safetensors")
    converted = load_file(tmp_path / "b0.safetensors").values()
    assert {v.dtype for v in converted} == {torch.float32, torch.int64}
    assert all((v == 1).all() for v in converted)


@pytest.mark.parametrize(
    ("variant", "dialect"),
    [*((v, "timm") for v in VARIANTS), ("e3", "the authors"), ("e1", "the authors (older)")],
)
def test_the_variant_is_recognised(variant: str, dialect: str) -> None:
    match = closest(small(variant, dialect))
    assert (match.variant, match.dialect, len(match.differences)) == (variant, dialect, 0)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda entries: entries,
        OrderedDict,
        lambda entries: {"state_dict": entries, "epoch": 3, "optimizer": {"lr": 0.1}, "ema": None},
        lambda entries: {"model": {"state_dict": entries}},
        lambda entries: {"net": {f"module.{k}": v for k, v in entries.items()}},
        lambda entries: {f"module._orig_mod.{k}": v for k, v in entries.items()},
        lambda entries: {k: nn.Parameter(v, requires_grad=False) for k, v in entries.items()},
    ],
)
def test_wrapped_checkpoints(wrap: Callable[[Entries], object], tmp_path: Path) -> None:
    entries = {"head.a": torch.ones(2), "backbone.b": torch.tensor(3)}
    tensors = read_tensors(saved(wrap(entries), tmp_path / "a.pt"))
    assert {name: value.tolist() for name, value in tensors.items()} == {
        "head.a": [1, 1],
        "backbone.b": 3,
    }


def test_pickles_from_before_zip_files(tmp_path: Path) -> None:
    source = tmp_path / "a.pth"
    torch.save(small(), source, _use_new_zipfile_serialization=False)
    assert convert(source, tmp_path / "b0.safetensors").network == "b0"


def test_missing_unexpected_and_misshapen_entries_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = small()
    del entries[A_BIAS]
    entries["head.extra\n"] = torch.ones(1)
    entries["head.op_list.3.linear.weight"] = torch.ones(10, 1600)
    error = refused(saved(entries, tmp_path / "a.pt"), capsys)
    assert f"1 missing: {A_BIAS};" in error
    assert "1 unexpected: head.extra" in error
    assert "head.op_list.3.linear.weight is (10, 1600), should be (1000, 1600)" in error
    assert "Closest is b0 in the names of the authors;" in error


def test_a_backbone_without_its_head_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = {k: v for k, v in small("b1", "timm").items() if not k.startswith("classifier")}
    error = refused(saved(entries, tmp_path / "a.pt"), capsys)
    assert "Closest is b1 in the names of timm" in error
    assert "2 missing: classifier.weight, classifier.bias" in error


def test_integers_in_the_place_of_weights_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = small()
    entries[A_BIAS] = entries[A_BIAS].to(torch.int32)
    error = refused(saved(entries, tmp_path / "a.pt"), capsys)
    assert f"{A_BIAS} is int32 (512,), should be (512,)" in error


def test_two_numbers_in_one_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entries = small()
    entries[A_BIAS] = torch.zeros(512, dtype=torch.uint8).view(torch.float4_e2m1fn_x2)
    error = refused(saved(entries, tmp_path / "a.pt"), capsys)
    assert f"{A_BIAS} is float4_e2m1fn_x2 (512,), should be (512,)" in error


def test_another_network_is_refused_in_a_short_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resnet = {f"layer{i}.conv.weight": torch.ones(1) for i in range(300)}
    error = refused(saved(resnet, tmp_path / "a.pt"), capsys)
    assert "300 unexpected" in error
    assert len(error) < 3000


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_values_that_are_not_finite_are_refused(
    value: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = small()
    entries[A_BIAS] = torch.full((512,), value)
    error = refused(saved(entries, tmp_path / "a.pt"), capsys)
    assert f"not finite in {A_BIAS}\n" in error


def test_values_too_large_for_float32_are_refused(tmp_path: Path) -> None:
    entries = small()
    entries[A_BIAS] = torch.full((512,), 1e300, dtype=torch.float64)
    with pytest.raises(CheckpointError, match="not finite"):
        convert(saved(entries, tmp_path / "a.pt"), tmp_path / "b0.safetensors")


def test_files_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "folder").mkdir()
    for name in ("missing.pt", "folder"):
        assert main([str(tmp_path / name), str(tmp_path / "b0.safetensors")]) == 2
        assert f"cannot read {tmp_path / name}" in capsys.readouterr().err


def test_targets_that_cannot_be(tmp_path: Path) -> None:
    source = saved(small(), tmp_path / "a.safetensors")
    before = source.read_bytes()
    for target, rule in (
        (source, "overwrite"),
        (tmp_path / "b0.pt", "ending in .safetensors"),
        (tmp_path / "nowhere" / "b0.safetensors", "cannot write"),
    ):
        with pytest.raises(CheckpointError, match=rule):
            convert(source, target)
    assert [p.name for p in tmp_path.iterdir()] == ["a.safetensors"]
    assert source.read_bytes() == before


def test_a_backbone_alone_from_the_authors_names(tmp_path: Path) -> None:
    backbone = LowFormer(VARIANTS["b0"], stages=2)
    entries = {
        theirs: torch.full_like(value, 2).half() if value.is_floating_point() else value
        for theirs, value in zip(
            backbone_names(backbone, AUTHORS).values(), backbone.state_dict().values(), strict=True
        )
    }
    save_file(entries, tmp_path / "a.safetensors")
    load_backbone(backbone, tmp_path / "a.safetensors")
    assert all((p == 2).all() for p in backbone.parameters())
    with pytest.raises(CheckpointError, match="missing"):
        load_backbone(LowFormer(VARIANTS["b0"], stages=3), tmp_path / "a.safetensors")
    with pytest.raises(CheckpointError, match="unexpected"):
        load_backbone(LowFormer(VARIANTS["b0"], stages=1), tmp_path / "a.safetensors")


def test_the_distilled_backbone(shared: Path) -> None:
    backbone = LowFormer(VARIANTS["b0"], stages=3).eval()
    file = shared / "teachers" / "lowformer_b0_distilled.safetensors"
    load_backbone(backbone, file)
    raw = load_file(file)
    wanted = raw["backbone.stages.2.op_list.1.total.0.0.main.1.pwise.0.weight"].float()
    assert torch.equal(backbone.state_dict()["stages.2.1.0.fn.1.qkv.weight"], wanted)
    with torch.no_grad():
        assert backbone(torch.zeros(1, 3, 64, 64))[-1].isfinite().all()
