"""Make a model folder of what a run has learned."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from apps.command import CommandError
from apps.train_run import RECORD
from apps.train_start import fill
from tracker.config import ComparisonConfig, NearConfig, TrackingConfig
from tracker.model.network import NETWORKS, NetworkConfig, TrackingNetwork
from tracker.runtime.export import pack
from tracker.training import checkpoint
from tracker.weights import Card

_NEAR = 192  # pixels of the smaller search region
_TRUST = 0.9  # a score from which a box is not compared with earlier looks


@dataclass(frozen=True, slots=True)
class Choice:
    """Which weights of a run are packed.

    Attributes:
        last: take the last averaged weights instead of the best validated.
        blend: another run and the share of its last averaged weights; None for none. A network
            keeps more of what it knew, and what it has learned, between the two (WiSE-FT,
            Wortsman et al. 2022).
    """

    last: bool = False
    blend: tuple[str, str] | None = None


def pack_run(run: Path, target: Path, results: Path | None, choice: Choice) -> None:
    """Write the model folder `target` with a card that says how its weights came to be.

    Args:
        run: folder of a run of stage two or three.
        target: folder to write.
        results: JSON of measured results, for the card.
        choice: which weights.

    Raises:
        CommandError: if a file cannot be read, or the weights do not fit.
    """
    record = _json(run / RECORD)
    cpu = torch.device("cpu")
    latest = checkpoint.load(run / "last.pt", cpu)
    state = latest if choice.last else checkpoint.load(run / "best.pt", cpu)
    name = record["network"]
    if name not in NETWORKS:
        raise CommandError(f"no network {name!r}: choose from {', '.join(NETWORKS)}")
    config = NETWORKS[name]
    learned = TrackingNetwork(config)
    found = _averaged(state) if choice.last else state["network"]
    fill(learned, _blended(found, choice.blend), run)
    batch = latest["config"]["batch"]
    card = Card(
        name=name,
        network=name,
        tracking=_tracking(config),
        license="Apache-2.0",
        data=(
            f"{record['clips']} thinned clips (DAVIS, UAV123, OTB, VOT, UAVDT, GOT-10k) and "
            f"{record['stills'] + record['plain_stills']} regions of photographs; held out for "
            f"validation: {', '.join(record['held_out'])}"
        ),
        teacher=f"{'; '.join(record['teachers'])}; started from {record['start']}",
        schedule=(
            f"{state['step'] * batch} samples in batches of {batch}; lowtrack train "
            f"{record['stage']}; {_named(choice)}"
        ),
        results=_json(results) if results else {},
    )
    pack(learned, target, card, half=True)
    print(f"{target}: {card.name} after {state['step']} steps")


def _tracking(config: NetworkConfig) -> TrackingConfig:
    """All crops show a target equally large."""
    usual = TrackingConfig(template_size=config.template_size, search_size=config.search_size)
    wider = config.search_size / config.template_size
    apart = config.third_stage == "apart"
    return replace(
        usual,
        search_context=usual.template_context * wider,
        near=NearConfig(size=_NEAR if apart else 0),
        # what is remembered are features of the third stage; earlier ones say little of likeness
        comparison=ComparisonConfig(trust=_TRUST if apart else 0.0),
    )


def _named(choice: Choice) -> str:
    which = "last averaged weights" if choice.last else "best validated weights"
    return f"{which}, {choice.blend[1]} of {choice.blend[0]} mixed in" if choice.blend else which


def _blended(
    found: dict[str, torch.Tensor], blend: tuple[str, str] | None
) -> dict[str, torch.Tensor]:
    if blend is None:
        return found
    try:
        share = float(blend[1])
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise CommandError(f"--blend RUN SHARE: the share lies in [0, 1], got {blend[1]!r}")
    other = _averaged(checkpoint.load(Path(blend[0]) / "last.pt", torch.device("cpu")))
    if other.keys() != found.keys():
        raise CommandError(f"{blend[0]} holds another network")
    return {
        key: torch.lerp(value, other[key], share) if value.is_floating_point() else value
        for key, value in found.items()
    }


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
