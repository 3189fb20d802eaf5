"""Make a model folder of what a run has learned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from apps.command import CommandError
from apps.train_record import RECORD, Record, lineage, read_json
from apps.train_start import fill
from tracker.config import ComparisonConfig, NearConfig, TrackingConfig, WideConfig
from tracker.model.network import NETWORKS, NetworkConfig, TrackingNetwork
from tracker.runtime.export import pack
from tracker.training import checkpoint, validation
from tracker.weights import Card

_SECOND_LOOK = 0.1  # target sizes off the middle of a crop
_WIDE = 0.5  # a score below which a target is looked for further away
_FIT = 0.7  # how far boxes go from the network's habit to the mark's
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


@dataclass(frozen=True, slots=True)
class Remarks:
    """What the card says and the run does not know.

    Attributes:
        license: of the weights.
        data: what the training pictures are; None: only how many is said.
        results: JSON of what was measured.
    """

    license: str = "unspecified"
    data: str | None = None
    results: Path | None = None


def pack_run(run: Path, target: Path, choice: Choice, remarks: Remarks) -> None:
    """Write the model folder `target` with a card that says how its weights came to be.

    Args:
        run: folder of a run of any stage but `features`.
        target: folder to write.
        choice: which weights.
        remarks: for the card.

    Raises:
        CommandError: if a file cannot be read, the weights do not fit, or the head is not trained.
    """
    record = _record(run)
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
        license=remarks.license,
        data=_data(record, remarks.data),
        teacher=lineage(record),
        schedule=(
            f"{state['step'] * batch} samples in batches of {batch}; lowtrack train "
            f"{record['stage']}; {_named(choice)}"
        ),
        results=read_json(remarks.results) if remarks.results else {},
    )
    pack(learned, target, card, half=True)
    print(f"{target}: {card.name}, {card.schedule}")


def _record(run: Path) -> Record:
    """What a run with a trained head is made of."""
    record: Record = read_json(run / RECORD)
    if record["stage"] == "features":
        raise CommandError(
            f"{run} is a run of stage `features`, whose head has learned nothing: only runs of "
            f"head, pairs and presence can be packed; begin one with --start {run / 'best.pt'}"
        )
    return record


def _data(record: Record, note: str | None) -> str:
    counts = (
        f"{record['clips']} clips, {record['stills']} annotated targets in photographs, "
        f"{record['plain_stills']} photographs without"
    )
    held_out = f"held out for validation: {', '.join(record['held_out'])}"
    return "; ".join([counts, note, held_out] if note else [counts, held_out])


def _tracking(config: NetworkConfig) -> TrackingConfig:
    """As in validation, with all that makes boxes better, quicker and honest."""
    return replace(
        validation.tracking(config),
        second_look=_SECOND_LOOK,
        fit=_FIT,
        near=NearConfig(size=_NEAR),
        wide=WideConfig(below=_WIDE),
        comparison=ComparisonConfig(trust=_TRUST),
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
    _record(Path(blend[0]))
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
