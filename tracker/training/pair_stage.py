"""Stage three: the whole network learns to find templates, from teachers and from boxes."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from tracker.model.head import Answer
from tracker.model.network import TrackingNetwork
from tracker.training import losses, targets
from tracker.training.crops import crops
from tracker.training.stages import Metrics, TaughtStage, told
from tracker.training.targets import Targets


class PairStage(TaughtStage):
    """The whole network learns to find templates, from teachers' answers and from boxes."""

    def loss(self, step: int, seed: int, count: int) -> tuple[Tensor, Metrics]:
        """See `Stage`."""
        config = self.config
        pairs, template, search, rng = crops(
            self.corpus, config, self.network.config, seed, step, count
        )
        version = self.versions[step % len(self.versions)]  # they take turns
        teacher = self.teachers[version]
        with torch.no_grad():
            seen = teacher.features(search)
            response = teacher.respond(teacher.features(template), seen)
        device = search.device
        wanted = targets.make(
            response,
            torch.as_tensor(pairs.truth_cxcywh, dtype=torch.float32, device=device),
            torch.as_tensor(pairs.labelled, device=device),
            trust=config.trust,
        )
        apart = strangers(pairs.source, rng, round(config.strangers * count))
        answer, searched = answers(
            self.network, template, search, torch.as_tensor(apart, device=device)
        )
        loss, metrics = pair_loss(answer, wanted)
        features = losses.feature_loss(
            self.projectors[str(version)](searched).float(), seen.float()
        )
        return loss + config.features * features, metrics | {"features": features.detach()}


def answers(
    network: TrackingNetwork, template: Tensor, search: Tensor, apart: Tensor
) -> tuple[Answer, Tensor]:
    """Show a network pairs, and strangers besides, which cost no more than its head.

    Args:
        network: whose third stage sees template and search apart.
        template: (N, 3, T, T) RGB in 0-255.
        search: (N, 3, S, S), likewise.
        apart: (M, 2), which template goes with which search crop of another track.

    Returns:
        the answers to N pairs and then to M pairs of strangers, and the N search features.
    """
    memory = network.remember(network.normalised(template.permute(0, 2, 3, 1)))
    images = network.normalised(search.permute(0, 2, 3, 1))
    kernels, searched = network.features(memory, images)
    kernels = torch.cat([kernels, kernels[apart[:, 0]]])
    features = torch.cat([searched, searched[apart[:, 1]]])
    return network.head.answer(network.fusion(kernels, features)), searched


def pair_loss(answer: Answer, wanted: Targets) -> tuple[Tensor, Metrics]:
    """The loss of a network's answers, and its parts.

    Args:
        answer: to N pairs, and then to M pairs of strangers.
        wanted: of the N pairs; of strangers, a presence of 0.
    """
    count = len(wanted.score)
    logits = answer.score[:count, 0].float()
    boxes = losses.decoded(answer.size[:count].float().sigmoid(), answer.offset[:count].float())
    presence = told(answer)
    present = torch.arange(len(presence), device=presence.device) < count
    truth = wanted.truth_cxcywh[..., None, None]
    parts = {
        "score": losses.score_loss(logits, wanted.score),
        "presence": losses.presence_loss(presence, present),
        "box": losses.box_loss(boxes, wanted.boxes_cxcywh, wanted.weight),
        "truth": losses.box_loss(boxes, truth, wanted.truth_weight),
    }
    loss = parts["score"] * 2 + (parts["box"] + parts["truth"]) / 2 + parts["presence"]
    metrics = {name: part.detach() for name, part in parts.items()}
    metrics["iou"] = losses.best_iou(logits, boxes, wanted.truth_cxcywh).mean().detach()
    strange = presence[count:, 0].detach().sigmoid()
    metrics["stranger"] = strange.mean() if len(strange) else logits.new_zeros(())
    return loss, metrics


def strangers(source: np.ndarray, rng: np.random.Generator, count: int) -> np.ndarray:
    """(M, 2) pairs of rows whose template and search region come from different tracks."""
    pairs = rng.integers(len(source), size=(count, 2))
    out: np.ndarray = pairs[source[pairs[:, 0]] != source[pairs[:, 1]]]
    return out
