"""Stage three: the whole network learns to find templates, from teachers and from boxes."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from tracker.model.head import Answer
from tracker.training import losses, targets
from tracker.training.crops import crops
from tracker.training.stages import Metrics, Stage
from tracker.training.targets import Targets


class PairStage(Stage):
    """The whole network learns to find templates, from teachers' answers and from boxes."""

    def loss(self, step: int, seed: int, count: int) -> tuple[Tensor, Metrics]:
        """See `Stage`."""
        config = self.config
        pairs, template, search, rng = crops(
            self.corpus, config, self.network.config, seed, step, count
        )
        generation = config.generations[step % len(config.generations)]
        teacher = self.teachers[generation]
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
        answer, searched = self._answer(template, search, torch.as_tensor(apart, device=device))
        loss, metrics = pair_loss(answer, wanted)
        features = losses.feature_loss(
            self.projectors[str(generation)](searched).float(), seen.float()
        )
        return loss + config.features * features, metrics | {"features": features.detach()}

    def _answer(self, template: Tensor, search: Tensor, apart: Tensor) -> tuple[Answer, Tensor]:
        """Answers to the pairs, then to pairs of strangers; search features before correlation.

        Where the third stage is apart, strangers cost no more than the head.
        """
        network = self.network
        memory = network.remember(network.normalised(template.permute(0, 2, 3, 1)))
        images = network.normalised(search.permute(0, 2, 3, 1))
        count = len(search)
        if network.config.third_stage == "joint":
            index = torch.arange(count, device=search.device)
            memory = torch.cat([memory, memory[apart[:, 0]]])
            images = images[torch.cat([index, apart[:, 1]])]
            kernels, features = network.features(memory, images)
        else:
            kernels, features = network.features(memory, images)
            kernels = torch.cat([kernels, kernels[apart[:, 0]]])
            features = torch.cat([features, features[apart[:, 1]]])
        return network.head.answer(network.fusion(kernels, features)), features[:count]


def pair_loss(answer: Answer, wanted: Targets) -> tuple[Tensor, Metrics]:
    """The loss of a network's answers, and its parts.

    Args:
        answer: to N pairs, and then to M pairs of strangers.
        wanted: of the N pairs. Of strangers, a presence of 0 is wanted, or where the head tells
            none, a score of 0 everywhere.
    """
    count = len(wanted.score)
    logits = answer.score[:, 0].float()
    boxes = losses.decoded(answer.size[:count].float().sigmoid(), answer.offset[:count].float())
    absent = torch.zeros_like(logits[count:])
    if answer.presence is None:
        parts = {"score": losses.score_loss(logits, torch.cat([wanted.score, absent]))}
        strange = logits[count:].detach().sigmoid().amax((1, 2))
    else:
        parts = {
            "score": losses.score_loss(logits[:count], wanted.score),
            "presence": losses.presence_loss(
                answer.presence, torch.arange(len(logits), device=logits.device) < count
            ),
        }
        strange = answer.presence[count:, 0].detach().sigmoid()
    parts["box"] = losses.box_loss(boxes, wanted.boxes_cxcywh, wanted.weight)
    parts["truth"] = losses.box_loss(
        boxes, wanted.truth_cxcywh[..., None, None], wanted.truth_weight
    )
    loss = parts["score"] * 2 + (parts["box"] + parts["truth"]) / 2
    loss = loss + parts.get("presence", 0.0)
    metrics = {name: part.detach() for name, part in parts.items()}
    metrics["iou"] = losses.best_iou(logits[:count], boxes, wanted.truth_cxcywh).mean().detach()
    metrics["stranger"] = strange.mean() if len(strange) else logits.new_zeros(())
    return loss, metrics


def strangers(source: np.ndarray, rng: np.random.Generator, count: int) -> np.ndarray:
    """(M, 2) pairs of rows whose template and search region come from different tracks."""
    pairs = rng.integers(len(source), size=(count, 2))
    out: np.ndarray = pairs[source[pairs[:, 0]] != source[pairs[:, 1]]]
    return out
