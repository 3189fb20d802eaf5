"""Features of many views, computed once: what a head needs while the backbone stays as it is.

A step of the head alone costs a tenth of a whole one, and any template of a target goes with any
search crop of it, so a bank of N views holds many times N pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from tracker.errors import WeightsError
from tracker.model.network import TrackingNetwork
from tracker.training.corpus import Corpus
from tracker.training.crops import crops
from tracker.training.stages import StageConfig
from tracker.training.teacher import NanoTrack

OURS = "ours"
_BATCH = 24  # views at a time


@dataclass(frozen=True, slots=True)
class Bank:
    """N templates and N search crops as features, in half precision."""

    template: dict[str, Tensor]  # OURS or a teacher's generation -> (N, C, 8, 8)
    search: dict[str, Tensor]  # -> (N, C, 16, 16)
    truth_cxcywh: Tensor  # (N, 4), fractions of the search crop
    labelled: Tensor  # (N,) bool
    source: np.ndarray  # (N,), see `sampling.Pairs`
    target: np.ndarray  # (N,), see `sampling.Pairs`

    def draw(self, rng: Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows of `count` search crops, and of a template of the same target for each."""
        search = rng.integers(len(self.target), size=count)
        order = np.argsort(self.target, kind="stable")
        ordered, target = self.target[order], self.target[search]
        first, last = (np.searchsorted(ordered, target, side) for side in ("left", "right"))
        other = order[first + (rng.random(count) * (last - first)).astype(np.int64)]
        return search, np.where(target < 0, search, other)


def fill(
    network: TrackingNetwork,
    teachers: dict[int, NanoTrack],
    corpus: Corpus,
    config: StageConfig,
    *,
    seed: int,
    views: int,
    progress: Callable[[int], None],
) -> Bank:
    """Compute a bank.

    Args:
        network: whose third stage sees template and search apart.
        teachers: by generation.
        corpus: where views are cut from; the bank lies on its device.
        config: how they are drawn.
        seed: of all that is drawn.
        views: at least so many.
        progress: told after every batch how many there are.
    """
    network = network.eval()
    parts: dict[str, list[Tensor]] = {}
    device = corpus.images.device
    for step in range(-(-views // _BATCH)):
        pairs, template, search, _ = crops(corpus, config, network.config, seed, step, _BATCH)
        seen = _features(network, teachers, "template", template)
        seen |= _features(network, teachers, "search", search)
        seen["truth"] = torch.as_tensor(pairs.truth_cxcywh, dtype=torch.float32, device=device)
        for name in ("labelled", "source", "target"):
            seen[name] = torch.as_tensor(getattr(pairs, name))
        for name, values in seen.items():
            parts.setdefault(name, []).append(values)
        progress((step + 1) * _BATCH)
    return _bank({name: torch.cat(parts.pop(name)) for name in list(parts)}, device)


@torch.no_grad()
def _features(
    network: TrackingNetwork, teachers: dict[int, NanoTrack], kind: str, images: Tensor
) -> dict[str, Tensor]:
    with torch.autocast(images.device.type, torch.bfloat16):
        found = {OURS: network.backbone(network.normalised(images.permute(0, 2, 3, 1)))[2]}
        found |= {str(g): teacher.features(images) for g, teacher in teachers.items()}
    return {f"{kind}.{name}": values.half() for name, values in found.items()}


def save(bank: Bank, path: Path) -> None:
    """Write a bank as safetensors."""
    tensors = {f"template.{name}": t for name, t in bank.template.items()}
    tensors |= {f"search.{name}": t for name, t in bank.search.items()}
    tensors |= {"truth": bank.truth_cxcywh, "labelled": bank.labelled}
    tensors |= {"source": torch.as_tensor(bank.source), "target": torch.as_tensor(bank.target)}
    temporary = path.with_suffix(".partial")
    save_file({name: t.contiguous() for name, t in tensors.items()}, temporary)
    temporary.replace(path)


def load(path: Path, device: torch.device) -> Bank:
    """Read what `save` wrote.

    Raises:
        WeightsError: if it cannot be read.
    """
    try:
        return _bank(load_file(path), device)
    except (OSError, KeyError, SafetensorError) as error:
        raise WeightsError(f"cannot read the bank {path}: {error}") from error


def _bank(tensors: dict[str, Tensor], device: torch.device) -> Bank:
    groups: dict[str, dict[str, Tensor]] = {"template": {}, "search": {}}
    for name, values in tensors.items():
        kind, _, owner = name.partition(".")
        if owner:
            groups[kind][owner] = values.to(device)
    return Bank(
        **groups,
        truth_cxcywh=tensors["truth"].to(device),
        labelled=tensors["labelled"].to(device),
        source=tensors["source"].numpy(),
        target=tensors["target"].numpy(),
    )
