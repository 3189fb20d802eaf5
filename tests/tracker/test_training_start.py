"""A run begins with what an earlier one left, and says what it cannot begin with."""

from pathlib import Path

import pytest
import torch
from torch import nn

from apps.command import CommandError
from apps.train_start import begin, begin_projectors
from tracker.model.network import NETWORKS, TrackingNetwork
from tracker.training import checkpoint
from tracker.training.checkpoint import State


def projectors(*versions: str) -> nn.ModuleDict:
    return nn.ModuleDict({version: nn.Conv2d(4, 3, 1) for version in versions})


def left(path: Path, state: State) -> Path:
    checkpoint.save(path, state)
    return path


def test_projectors_are_taken_where_both_have_them(tmp_path: Path) -> None:
    theirs, ours = projectors("2", "3"), projectors("2", "3")
    before = ours["2"].weight.clone()  # type: ignore[operator]
    begin_projectors(left(tmp_path / "a.pt", {"network": {}, "projectors": {}}), ours)
    begin_projectors(tmp_path / "model", ours)
    assert torch.equal(ours["2"].weight, before)  # type: ignore[arg-type]
    state = {"network": {}, "projectors": theirs.state_dict()}
    path = left(tmp_path / "b.pt", state)
    begin_projectors(path, ours)
    assert torch.equal(ours["2"].weight, theirs["2"].weight)  # type: ignore[arg-type]
    begin_projectors(path, projectors())  # a stage that has none
    with pytest.raises(CommandError, match="does not fit"):
        begin_projectors(path, projectors("2"))


def test_what_is_there_to_go_on_with_is_no_beginning(tmp_path: Path) -> None:
    path = left(tmp_path / "last.pt", {"stage": {}, "average": {}})
    with pytest.raises(CommandError, match=r"begin with its best\.pt"):
        begin(path, TrackingNetwork(NETWORKS["b0"]), whole=True)
