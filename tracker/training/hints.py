"""What a teacher's head has in its inner layers, as hints for ours (FitNets, Romero et al. 2015).

Correlations are compared as they are, position by position; inner layers through a linear map that
is learned beside, since the order of their channels means nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tracker.errors import TrackerError
from tracker.model.fusion import BranchedCorrelation
from tracker.model.head import SeparableHead
from tracker.model.network import TrackingNetwork
from tracker.training.losses import deviation, standardised

# of NanoTrack V2: names in the graph of its head
_CHANNELS = 96
_CORRELATIONS = {
    "score": "/corr_pw_cls/Reshape_2_output_0",
    "box": "/corr_pw_reg/Reshape_2_output_0",
}
_LAYERS = {
    "score": "/cls_pw_tower/cls_pw_tower.{}/Clip_output_0",
    "box": "/bbox_pw_tower/bbox_pw_tower.{}/Clip_output_0",
}
_STEPS = (3, 7, 11, 15, 19, 23)


class HintError(TrackerError):
    """The network has no layers that the hints are for."""


class Hints(nn.Module):
    """Listens to a network's fusion and head, and compares what it hears with a teacher's."""

    def __init__(self, network: TrackingNetwork) -> None:
        super().__init__()
        fusion, head = network.fusion, network.head
        if not (isinstance(fusion, BranchedCorrelation) and isinstance(head, SeparableHead)):
            raise HintError("only networks with the light head learn from a teacher's head")
        blocks = {"score": list(head.score_blocks), "box": list(head.box_blocks)}
        if any(len(each) != len(_STEPS) for each in blocks.values()):
            raise HintError(f"the teacher's head has {len(_STEPS)} blocks a branch: have as many")
        # not registered as children: they are the network's
        self._attentions = [("score", fusion.score.attention), ("box", fusion.box.attention)]
        self._blocks = [(name, block) for name, each in blocks.items() for block in each]
        channels = network.config.head_channels or head.score.in_channels
        self.maps = nn.ModuleList(nn.Conv2d(channels, _CHANNELS, 1) for _ in self._blocks)
        self._heard: dict[str, Tensor] = {}

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear what the network computes meanwhile."""
        handles = []
        for name, attention in self._attentions:
            hook = self._keep(f"correlation {name}", given=True)
            handles.append(attention.register_forward_hook(hook))
        for index, (_, block) in enumerate(self._blocks):
            hook = self._keep(f"block {index}", given=False)
            handles.append(block.register_forward_hook(hook))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def losses(self, inside: dict[str, Tensor]) -> dict[str, Tensor]:
        """How far what was heard is from what a teacher's head computed, `NanoTrack.explain`."""
        correlations = [
            F.mse_loss(
                standardised(self._heard[f"correlation {name}"].float()),
                standardised(inside[_CORRELATIONS[name]]),
            )
            for name, _ in self._attentions
        ]
        layers = []
        for index, (name, _) in enumerate(self._blocks):
            wanted = inside[_LAYERS[name].format(_STEPS[index % len(_STEPS)])]
            found = self.maps[index](self._heard[f"block {index}"]).float()
            layers.append(F.smooth_l1_loss(found, _bounded(wanted)))
        self._heard = {}
        return {
            "correlation": torch.stack(correlations).sum() / 2,
            "layers": torch.stack(layers).sum() / 3,
        }

    def _keep(
        self, name: str, *, given: bool
    ) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        """A hook that keeps what a module is given, or what it makes of it."""

        def hook(_: nn.Module, inputs: tuple[Tensor, ...], made: Tensor) -> None:
            self._heard[name] = inputs[0] if given else made

        return hook


def _bounded(wanted: Tensor) -> Tensor:
    """Standardised, and channels that hardly ever speak kept from shouting."""
    mean = wanted.mean((0, 2, 3), keepdim=True)
    each, whole = deviation(wanted, mean), deviation(wanted, wanted.mean())
    return ((wanted - mean) / (each + 1e-2 * whole.square().mean().sqrt() + 1e-5)).clamp(-4, 4)
