"""What a training run begins with: an earlier run, a model folder, or a backbone's file."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from apps.command import CommandError
from backbones.convert import load_backbone
from backbones.errors import BackboneError
from tracker import weights
from tracker.model.network import TrackingNetwork
from tracker.runtime.building import build_network
from tracker.training import checkpoint


def begin(path: Path, network: TrackingNetwork, *, whole: bool) -> None:
    """Fill `network` with what is at `path`.

    Args:
        path: `best.pt` of a run, a model folder, or a backbone in the authors' names.
        network: what is to be trained.
        whole: take fusion and head too, where `path` has them; otherwise the backbone alone.

    Raises:
        CommandError: if it holds another network.
        TrackerError: if it cannot be read.
    """
    if path.suffix == ".pt":
        found = _best(path)["network"]
    elif path.is_dir():
        found = build_network(path, weights.read(path)).state_dict()
    else:
        try:
            load_backbone(network.backbone, path)
        except BackboneError as error:
            raise CommandError(str(error)) from error
        return
    if whole:
        fill(network, found, path)
    else:
        inside = "backbone."
        backbone = {k.removeprefix(inside): v for k, v in found.items() if k.startswith(inside)}
        fill(network.backbone, backbone, path)


def begin_projectors(path: Path, projectors: nn.ModuleDict) -> None:
    """Fill `projectors`, into teachers' features, where `path` is `best.pt` of a run that had some.

    Raises:
        TrackerError: if it cannot be read, or had others.
    """
    if projectors and path.suffix == ".pt" and (found := _best(path).get("projectors")):
        fill(projectors, found, path)


def _best(path: Path) -> checkpoint.State:
    state = checkpoint.load(path, torch.device("cpu"))
    if "network" not in state:
        raise CommandError(f"{path} is there to go on with its run: begin with its best.pt")
    return state


def named(path: Path) -> str:
    """Name and digest of a file or a model folder, for the record of a run."""
    file = path / weights.CARD if path.is_dir() else path
    return f"{path.name} sha256 {weights.digest(file)[:16]}"


def fill(module: nn.Module, state: dict[str, torch.Tensor], path: Path) -> None:
    """Load `state`, which was found at `path`, into `module`.

    Raises:
        CommandError: if it does not fit exactly.
    """
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        first = str(error).splitlines()[-1].strip()
        raise CommandError(f"{path} does not fit what is to be trained: {first}") from error
