"""Training state on disk: everything that a killed run needs to go on exactly."""

from __future__ import annotations

import os
from collections.abc import Mapping
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
        torch.OutOfMemoryError: if the device has no room for it.
    """
    try:
        state: object = torch.load(path, map_location=device, weights_only=True)
    except OSError as error:
        raise CheckpointError(f"cannot read the checkpoint {path}: {error.strerror}") from error
    except torch.OutOfMemoryError:
        raise
    except Exception as error:  # torch.load raises many kinds for damaged files
        raise CheckpointError(f"{path} is no checkpoint, or is damaged") from error
    if not isinstance(state, dict):
        raise CheckpointError(f"{path} is no checkpoint: it holds a {type(state).__name__}")
    return state


def same(path: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to go on with a run that is made of other things.

    Args:
        path: the file in the run's folder that tells what it was begun with.
        before: what it tells.
        now: what is to be the same, all of it.

    Raises:
        CheckpointError: if something is not, or an older version did not write it down.
    """
    if now.keys() - before.keys():
        raise CheckpointError(
            f"{path} is of a run begun by an older version, which cannot go on: choose another "
            f"folder (--out)"
        )
    changed = [_told(name, before[name], now[name]) for name in now if before[name] != now[name]]
    if changed:
        raise CheckpointError(
            f"{path} is of a run begun with other {', '.join(changed)}: use those, or choose "
            f"another folder (--out)"
        )


def _told(name: str, before: object, now: object) -> str:
    short = isinstance(before, int | float)  # others are digests, lists and tables
    return f"{name} ({before}, not {now})" if short else name
