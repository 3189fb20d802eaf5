"""Features of many views, computed once: what a head needs while the backbone stays as it is.

A step of the head alone costs a tenth of a whole one, and any template of a target goes with any
search crop of it, so a bank of N views holds many times N pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
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

BATCH = 24  # views at a time
_COMPARED = 2000  # views: half a million cells for 129 unknowns a channel


@dataclass(frozen=True)
class Bank:
    """N templates and N search crops as features, in half precision."""

    template: Tensor  # (N, C, 8, 8)
    search: Tensor  # (N, C, 16, 16)
    teacher: Tensor  # (M, D, 16, 16), the teacher's features of the first M search crops
    truth_cxcywh: Tensor  # (N, 4), fractions of the search crop
    source: np.ndarray  # (N,), see `sampling.Pairs`
    target: np.ndarray  # (N,), see `sampling.Pairs`

    @cached_property
    def _order(self) -> np.ndarray:
        """Rows, sorted by their target."""
        return np.argsort(self.target, kind="stable")

    def draw(self, rng: Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows of `count` search crops, and of a template of the same target for each."""
        search = rng.integers(len(self.target), size=count)
        target = self.target[search]
        first, last = (
            np.searchsorted(self.target, target, side, sorter=self._order)
            for side in ("left", "right")
        )
        other = self._order[first + (rng.random(count) * (last - first)).astype(np.int64)]
        return search, np.where(target < 0, search, other)


def fill(
    network: TrackingNetwork,
    teacher: NanoTrack,
    corpus: Corpus,
    config: StageConfig,
    *,
    seed: int,
    steps: range,
) -> Bank:
    """Compute a bank, or a part of one: (seed, step) alone determine what a step draws.

    Args:
        network: whose third stage sees template and search apart.
        teacher: whose features ours are compared with.
        corpus: where views are cut from; the bank lies on its device.
        config: how they are drawn.
        seed: of all that is drawn.
        steps: which; each makes `BATCH` views.
    """
    network = network.eval()
    parts: dict[str, list[Tensor]] = {}
    device = corpus.images.device
    for step in steps:
        pairs, template, search, _ = crops(corpus, config, network.config, seed, step, BATCH)
        compared = search[: max(0, _COMPARED - step * BATCH)]  # the first of all, then none
        with torch.no_grad(), torch.autocast(device.type, torch.bfloat16):
            seen = {"template": _ours(network, template), "search": _ours(network, search)}
            seen["teacher"] = teacher.features(compared).half()
        seen["truth"] = torch.as_tensor(pairs.truth_cxcywh, dtype=torch.float32, device=device)
        seen |= {name: torch.as_tensor(getattr(pairs, name)) for name in ("source", "target")}
        for name, values in seen.items():
            parts.setdefault(name, []).append(values)
    return _bank(parts)


def _ours(network: TrackingNetwork, images: Tensor) -> Tensor:
    maps: list[Tensor] = network.backbone(network.normalised(images.permute(0, 2, 3, 1)))
    return maps[2].half()


def save(path: Path, bank: Bank) -> None:
    """Write a bank, or a part of one, as safetensors."""
    tensors = {
        "template": bank.template,
        "search": bank.search,
        "teacher": bank.teacher,
        "truth": bank.truth_cxcywh,
        "source": torch.as_tensor(bank.source),
        "target": torch.as_tensor(bank.target),
    }
    temporary = path.with_suffix(".partial")
    save_file({name: t.contiguous() for name, t in tensors.items()}, temporary)
    temporary.replace(path)


def load(paths: Sequence[Path], device: torch.device) -> Bank:
    """Read what `save` wrote; of several parts, one bank of their views in this order.

    Raises:
        WeightsError: if one cannot be read.
    """
    parts: dict[str, list[Tensor]] = {}
    for path in paths:
        try:
            for name, values in load_file(path, device=str(device)).items():
                parts.setdefault(name, []).append(values)
        except (OSError, SafetensorError) as error:
            raise WeightsError(f"cannot read the bank {path}: {error}") from error
    try:
        return _bank(parts)
    except (KeyError, RuntimeError) as error:  # tensors of other names or shapes
        raise WeightsError(f"cannot read the bank {paths[0]}: {error}") from error


def _bank(parts: dict[str, list[Tensor]]) -> Bank:
    """Join parts; empties `parts` on the way, since they are large."""
    tensors = {}
    for name in list(parts):
        values = parts.pop(name)
        tensors[name] = values[0] if len(values) == 1 else torch.cat(values)
    return Bank(
        tensors["template"],
        tensors["search"],
        tensors["teacher"],
        tensors["truth"],
        tensors["source"].cpu().numpy(),
        tensors["target"].cpu().numpy(),
    )
