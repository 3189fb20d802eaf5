"""Processes that learn as one take the same step as one process with the whole batch."""

import multiprocessing as mp
from pathlib import Path

import pytest
import torch
from torch import nn

from tracker.training import team
from tracker.training.team import Team, TeamError


def member(rank: int, meeting: Path, queue: "mp.Queue[list[float]]") -> None:
    members = team.join(rank, 2, meeting)
    layer = nn.Linear(3, 1, bias=False)
    mine = nn.Parameter(torch.zeros(1))  # the other member has no gradient for it
    frozen = nn.Parameter(torch.zeros(1), requires_grad=False)
    loss = layer(torch.full((1, 3), float(rank + 1))).sum() + (mine.sum() if rank else 0)
    loss.backward()
    members.average([*layer.parameters(), frozen, mine])
    assert frozen.grad is None
    assert layer.weight.grad is not None
    assert mine.grad is not None
    queue.put([*layer.weight.grad.flatten().tolist(), float(mine.grad)])
    team.leave()


def test_gradients_are_averaged(tmp_path: Path) -> None:
    context = mp.get_context("spawn")
    queue = context.Queue()
    members = [
        context.Process(target=member, args=(rank, tmp_path / "meeting", queue))
        for rank in range(2)
    ]
    for each in members:
        each.start()
    found = [queue.get(timeout=60) for _ in members]
    for each in members:
        each.join(timeout=60)
        assert each.exitcode == 0
    assert found == [[1.5, 1.5, 1.5, 0.5]] * 2


def test_one_alone_needs_no_meeting() -> None:
    layer = nn.Linear(2, 1)
    Team().average(layer.parameters())
    assert layer.weight.grad is None
    assert Team().leads


def test_a_member_that_is_gone_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: torch.Tensor) -> None:
        raise RuntimeError("connection closed by peer")

    monkeypatch.setattr("torch.distributed.all_reduce", gone)
    layer = nn.Linear(2, 1)
    layer(torch.ones(1, 2)).sum().backward()
    with pytest.raises(TeamError, match="another process"):
        Team(0, 2).average(layer.parameters())
