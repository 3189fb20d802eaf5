"""Stage four: only whether the target is there, with the network as it is by then."""

from __future__ import annotations

import torch
from torch import Tensor

from tracker.training import augmentation, losses
from tracker.training.crops import crops
from tracker.training.pair_stage import answers, strangers
from tracker.training.stages import Metrics, Stage, randomness, told


class PresenceStage(Stage):
    """Nothing but the last layers, which say whether the target is there, learns.

    As many strangers as pairs are shown, and crops that show nothing: a covered lens, a camera that
    sends noise.
    """

    def loss(self, step: int, seed: int, count: int) -> tuple[Tensor, Metrics]:
        """See `Stage`."""
        config = self.config
        pairs, template, search, rng = crops(
            self.corpus, config, self.network.config, seed, step, count
        )
        _, generator = randomness(self.corpus, seed + 1, step)
        search, empty = augmentation.blank(search, generator, config.blank)
        apart = torch.as_tensor(strangers(pairs.source, rng, count), device=search.device)
        logits = told(answers(self.network, template, search, apart)[0])
        present = torch.cat([~empty, torch.zeros_like(apart[:, 0], dtype=torch.bool)])
        loss = losses.presence_loss(logits, present)
        belief = logits[:, 0].detach().sigmoid()
        right = ((belief > 0.5) == present).float()
        return loss, {
            "presence": loss.detach(),
            "right": right.mean(),
            "blank": (belief[:count] * empty).sum() / empty.sum().clamp(min=1),
            "stranger": belief[count:].sum() / max(len(apart), 1),
        }

    def train(self, mode: bool = True) -> PresenceStage:  # noqa: ARG002, FBT001, FBT002  # torch's
        """Everything stays in evaluation mode, whatever `mode` is; only presence has gradients."""
        super().train(mode=False)
        self.requires_grad_(requires_grad=False)
        for name, parameter in self.network.head.named_parameters():
            parameter.requires_grad_(name.startswith("presence"))
        return self
