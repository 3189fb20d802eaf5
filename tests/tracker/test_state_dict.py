"""A network's tensors on disk: all of them are taken, or none."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from tracker import WeightsError
from tracker.model import state_dict


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))


@pytest.mark.parametrize("half", [False, True])
def test_what_was_saved_is_filled_in(tmp_path: Path, *, half: bool) -> None:
    saved, filled = network(), nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    state_dict.save(saved, tmp_path / "a.safetensors", half=half)
    state_dict.fill(filled, tmp_path / "a.safetensors")
    for name, value in state_dict.tensors(saved).items():
        rounded = value.half().float() if half and value.dim() > 1 else value
        assert torch.equal(filled.state_dict()[name], rounded), name


def test_other_floats_are_converted(tmp_path: Path) -> None:
    wanted = state_dict.tensors(network())
    for kind in (torch.float64, torch.bfloat16, torch.float8_e4m3fn):
        filled = network()
        save_file({n: t.to(kind) for n, t in wanted.items()}, tmp_path / "a.safetensors")
        state_dict.fill(filled, tmp_path / "a.safetensors")
        for name, value in wanted.items():
            assert torch.equal(filled.state_dict()[name], value.to(kind).float()), name


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"0.bias": None}, "1 missing: 0.bias"),
        ({"more": torch.ones(1)}, "1 unexpected: more"),
        ({"0.bias": torch.ones(3)}, r"0.bias is \(3,\), should be \(2,\)"),
        ({"0.bias": torch.tensor([1.0, torch.nan])}, "NaN or infinity in 0.bias"),
        ({"1.weight": torch.full((2,), 1e300, dtype=torch.float64)}, "infinity in 1.weight"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_changed(
    change: dict[str, Any], says: str, tmp_path: Path
) -> None:
    kept = network()
    before = {name: value.clone() for name, value in kept.state_dict().items()}
    other = {name: value + 1 for name, value in state_dict.tensors(kept).items()} | change
    present = {name: value for name, value in other.items() if value is not None}
    save_file(present, tmp_path / "a.safetensors")
    with pytest.raises(WeightsError, match=says):
        state_dict.fill(kept, tmp_path / "a.safetensors")
    for name, value in kept.state_dict().items():
        assert torch.equal(value, before[name]), name


@pytest.mark.parametrize("content", [b"", b"junk", None])
def test_a_damaged_or_missing_file_is_an_error(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "a.safetensors").write_bytes(content)
    with pytest.raises(WeightsError, match="cannot read the weights"):
        state_dict.fill(network(), tmp_path / "a.safetensors")
