"""Several processes that learn as one: each sees its share of a batch, all take the same step.

On a processor, one thread a process wastes less than many threads in one: small convolutions are
over before the threads have met.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist
from torch.nn import Parameter

from tracker.errors import TrackerError

_PATIENCE = timedelta(minutes=10)  # for members that load, or that wait for a validation


class TeamError(TrackerError):
    """A member of the team is gone."""


@dataclass(frozen=True, slots=True)
class Team:
    """One member's place among all."""

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """The leader alone validates, reports and writes."""
        return self.rank == 0

    def average(self, parameters: Iterable[Parameter]) -> None:
        """Replace every gradient by its mean over the team.

        Raises:
            TeamError: if a member has ended.
        """
        if self.size == 1:
            return
        learning = [p for p in parameters if p.requires_grad]
        for parameter in learning:
            if parameter.grad is None:  # another member's share may have needed it
                parameter.grad = torch.zeros_like(parameter)
        gradients = [p.grad for p in learning if p.grad is not None]
        flat = torch.cat([g.flatten() for g in gradients])
        try:
            dist.all_reduce(flat)
        except RuntimeError as error:
            raise TeamError(f"another process of the training has ended: {error}") from error
        means = torch.split(flat / self.size, [g.numel() for g in gradients])
        for gradient, mean in zip(gradients, means, strict=True):
            gradient.copy_(mean.view_as(gradient))


def join(rank: int, size: int, meeting: Path) -> Team:
    """Take a place in a team; returns when all are there.

    Args:
        rank: from 0 to size - 1.
        size: of the team.
        meeting: a file that is not there yet, the same for all.
    """
    dist.init_process_group(
        "gloo", init_method=f"file://{meeting}", rank=rank, world_size=size, timeout=_PATIENCE
    )
    return Team(rank, size)


def leave() -> None:
    """Give the place up."""
    dist.destroy_process_group()
