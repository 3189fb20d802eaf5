"""Make a model folder of what a run has learned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from apps.command import CommandError
from apps.train_run import RECORD
from tracker.config import TrackingConfig
from tracker.model.network import NETWORKS, TrackingNetwork
from tracker.runtime.export import pack
from tracker.training import checkpoint
from tracker.weights import Card


def pack_run(run: Path, target: Path, results: Path | None, *, last: bool) -> None:
    """Write the model folder `target` with a card that says how its weights came to be.

    Args:
        run: folder of a run of stage two.
        target: folder to write.
        results: JSON of measured results, for the card.
        last: take the last averaged weights instead of the best validated.
    """
    record = _json(run / RECORD)
    cpu = torch.device("cpu")
    latest = checkpoint.load(run / "last.pt", cpu)
    state = latest if last else checkpoint.load(run / "best.pt", cpu)
    config = NETWORKS[record["network"]]
    network = TrackingNetwork(config)
    network.load_state_dict(_averaged(state) if last else state["network"])
    batch = latest["config"]["batch"]
    card = Card(
        name=record["network"],
        network=record["network"],
        tracking=TrackingConfig(template_size=config.template_size, search_size=config.search_size),
        license="Apache-2.0",
        data=(
            f"{record['clips']} thinned clips (DAVIS, UAV123, OTB, VOT, UAVDT, GOT-10k) and "
            f"{record['stills'] + record['plain_stills']} regions of photographs; held out for "
            f"validation: {', '.join(record['held_out'])}"
        ),
        teacher=f"{'; '.join(record['teachers'])}; started from {record['start']}",
        schedule=(
            f"{state['step'] * batch} samples in batches of {batch}; lowtrack train "
            f"{record['stage']}; validation overlap {state.get('score', float('nan')):.3f}"
        ),
        results=_json(results) if results else {},
    )
    pack(network, target, card, half=True)
    print(f"{target}: {card.name} after {state['step']} steps")


def _averaged(state: dict[str, Any]) -> dict[str, torch.Tensor]:
    """Averaged parameters with the buffers of the network in training."""
    stage = {k.removeprefix("network."): v for k, v in state["stage"].items()}
    averaged = {k.removeprefix("module."): v for k, v in state["average"].items()}
    del averaged["n_averaged"]
    buffers = ("running_mean", "running_var", "num_batches_tracked")
    return {k: stage[k] if k.endswith(buffers) else v for k, v in averaged.items()}


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"cannot read {path}: {error}") from error
