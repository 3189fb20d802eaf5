"""A model's folder with random weights, so that engines are tested without a trained network."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from tracker import Card, TrackingConfig
from tracker.config import NearConfig
from tracker.maps import HeadMaps
from tracker.model.network import NETWORKS, TrackingNetwork
from tracker.runtime import Runtime
from tracker.runtime.export import pack


def random_network(name: str = "b0") -> TrackingNetwork:
    """A network whose maps vary from cell to cell, as a trained one's do."""
    torch.manual_seed(5)
    network = TrackingNetwork(NETWORKS[name])
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean = torch.randn_like(module.running_mean) * 0.1  # type: ignore[arg-type]
            module.running_var = torch.rand_like(module.running_var) + 0.5  # type: ignore[arg-type]
    if network.config.head == "separable":  # deep and light: by default it would forget all
        for module in network.head.modules():
            if isinstance(module, torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(module.weight)
    return network.eval()


def tracking(name: str = "b0") -> TrackingConfig:
    """How the network is used: with two sizes of search crops, where it can."""
    config = NETWORKS[name]
    return TrackingConfig(
        template_size=config.template_size,
        search_size=config.search_size,
        near=NearConfig(size=192 if config.third_stage == "apart" else 0),
    )


def write_model(folder: Path, name: str = "b0") -> Path:
    """Pack a random network into `folder`, as training would."""
    card = Card(
        name=name,
        network=name,
        tracking=tracking(name),
        license="Apache-2.0",
        data="none",
        teacher="none",
        schedule="none",
    )
    pack(random_network(name), folder, card, half=True)
    return folder


def noise(count: int, size: int, seed: int = 0) -> NDArray[np.uint8]:
    """(count, size, size, 3) pixels with some structure in them."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, size // 16, size // 16, 3))
    fine = rng.integers(-40, 40, (count, size, size, 3))
    pixels = coarse.repeat(16, axis=1).repeat(16, axis=2) + fine
    return np.asarray(np.clip(pixels, 0, 255), dtype=np.uint8)


def ask(runtime: Runtime, count: int, size: int = 256) -> HeadMaps:
    """Each template is remembered in a call of its own; all are looked for in one."""
    templates, searches = noise(count, 128, seed=1), noise(count, size, seed=2)
    memories = [runtime.encode(templates[i : i + 1]) for i in range(count)]
    return runtime.match(runtime.stack(memories), searches)


def is_shared(match: Callable[[int], HeadMaps]) -> None:
    """Two threads, 0 and 1, ask at the same time, and each is answered as if it was alone."""
    alone = [match(which).score for which in (0, 1)]
    wrong = []

    def run(which: int) -> None:
        for _ in range(5):
            if not np.allclose(match(which).score, alone[which]):
                wrong.append(which)

    threads = [threading.Thread(target=run, args=(which,)) for which in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
