"""Training state on disk: everything that a killed run needs to go on exactly."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from tracker.errors import TrackerError

State = dict[str, Any]


class CheckpointError(TrackerError):
    """A checkpoint is damaged or belongs to another run."""


def save(path: Path, state: State) -> None:
    """Write `state` so that a kill at any moment leaves the old file or the new one."""
    temporary = path.with_suffix(".partial")
    with temporary.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def load(path: Path, device: torch.device) -> State:
    """Read what `save` wrote.

    Raises:
        CheckpointError: if the file cannot be read, or holds anything but tensors and numbers.
    """
    try:
        state: State = torch.load(path, map_location=device, weights_only=True)
    except Exception as error:  # torch.load raises many kinds for damaged files
        raise CheckpointError(f"cannot read the checkpoint {path}: {error}") from error
    return state
