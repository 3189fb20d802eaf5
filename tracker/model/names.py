"""How LowFormer-Track names the tensors of its tracker; the only file that knows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from torch import nn

from backbones.names import backbone_names, block_names
from tracker.model.head import LowFormerHead
from tracker.model.network import TrackingNetwork

# parts of the backbone that a checkpoint holds a second time, under these names
ALIASES = {
    "backbone.conv_1.": "backbone.backbone.input_stem.",
    "backbone.layer_1.": "backbone.backbone.stages.0.",
    "backbone.layer_2.": "backbone.backbone.stages.1.",
}

_LAYERS = {
    "search_norm": "neck.BN_x",
    "template_norm": "neck.BN_z",
    "fusion.attention.fc1": "feature_fusor.pw_corr.CA_layer.fc1",
    "fusion.attention.fc2": "feature_fusor.pw_corr.CA_layer.fc2",
    "fusion.project": "feature_fusor.adj_layer",
}
_BRANCHES = {"score_branch": "cls", "box_branch": "reg"}
_TOWERS = {"score": "ctr", "offset": "offset", "size": "size"}


def tracker_names(network: TrackingNetwork) -> dict[str, str]:
    """Our name -> theirs, for every entry of a published tracker's state dict.

    Args:
        network: with the published head; the light one has no counterpart there.
    """
    names = {
        f"backbone.{ours}": f"backbone.{theirs}"
        for ours, theirs in backbone_names(network.backbone).items()
    }
    head = cast(LowFormerHead, network.head)
    layers = _LAYERS | dict(_towers())
    for branch, word in _BRANCHES.items():
        layers[f"head.{branch}.0.0"] = f"box_head.pre_ssat_{word}.block.conv"
        layers[f"head.{branch}.0.1"] = f"box_head.pre_ssat_{word}.block.norm"
        for number, block in enumerate(list(getattr(head, branch))[1:]):
            for ours, theirs in block_names(cast(nn.Sequential, block)).items():
                names[f"head.{branch}.{number + 1}.{ours}"] = (
                    f"box_head.global_rep_{word}.{number}.{theirs}"
                )
    for entry in network.state_dict():
        owner, _, leaf = entry.rpartition(".")
        if entry not in names:
            names[entry] = f"{layers[owner]}.{leaf}"
    return names


def _towers() -> Iterator[tuple[str, str]]:
    for tower, word in _TOWERS.items():
        for step in range(3):
            for layer in (0, 2, 4):
                yield f"head.{tower}.{step}.{layer}", f"box_head.conv{step + 1}_{word}.{layer}"
        yield f"head.{tower}.3", f"box_head.conv4_{word}"
