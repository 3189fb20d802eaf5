"""Stage two: fusion and head alone learn to answer as a teacher's head, on features from a bank.

The teacher's head looks through the network's own eyes: at its features, brought as near to the
teacher's as a linear map can. So all that it knows of matching, from far more data than is at hand,
can be learned, and nothing stands in between that the head could not see.
"""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tracker.model.head import Answer
from tracker.model.network import TrackingNetwork
from tracker.training import hints, losses
from tracker.training.bank import Bank
from tracker.training.corpus import Corpus
from tracker.training.stages import Metrics, Stage, StageConfig, randomness, told
from tracker.training.teacher import Response, Teachers

VERSION = 2  # of NanoTrack, whose head sees correlations alone, as the light head does
_FARTHEST = 8.0  # logits beyond are as sure as need be


class HeadStage(Stage):
    """Fusion and head learn to find templates; the backbone is not touched."""

    versions = (VERSION,)

    def __init__(
        self,
        network: TrackingNetwork,
        corpus: Corpus,
        teachers: Teachers,
        config: StageConfig,
        bank: Bank,
    ) -> None:
        super().__init__(network, corpus, config)
        self.bank = bank
        self.teacher = teachers[VERSION]
        self.eyes = _nearest(bank.search[: len(bank.teacher)], bank.teacher)
        self.hints = hints.Hints(network)

    def loss(self, step: int, seed: int, count: int) -> tuple[Tensor, Metrics]:
        """See `Stage`."""
        rng, _ = randomness(self.corpus, seed, step)
        bank, network = self.bank, self.network
        rows, looks = bank.draw(rng, count)
        strange = round(self.config.strangers * count)
        looks[:strange] = rng.integers(len(bank.target), size=strange)
        present = torch.as_tensor(
            bank.source[rows] == bank.source[looks], device=bank.truth_cxcywh.device
        )
        template, search = _float(bank.template[looks]), _float(bank.search[rows])
        with torch.no_grad(), torch.autocast(search.device.type, enabled=False):
            response, inside = self.teacher.explain(self.eyes(template), self.eyes(search))
        kernels, features = network.template_norm(template), network.search_norm(search)
        with self.hints.listening():
            answer = network.head.answer(network.fusion(kernels, features))
        boxes = losses.decoded(answer.size.float().sigmoid(), answer.offset.float())
        parts = _answer_losses(answer, boxes, response, present)
        parts |= self.hints.losses(inside)
        loss = torch.stack(list(parts.values())).sum()
        metrics = {name: part.detach() for name, part in parts.items()}
        return loss, metrics | _judged(answer, boxes, bank.truth_cxcywh[rows], present)


@torch.no_grad()
def _judged(answer: Answer, boxes: Tensor, truth_cxcywh: Tensor, present: Tensor) -> Metrics:
    overlap = losses.best_iou(answer.score[:, 0].float(), boxes, truth_cxcywh)
    strange = told(answer)[:, 0].sigmoid()
    return {"iou": _mean(overlap, present), "stranger": _mean(strange, ~present)}


def _answer_losses(answer: Answer, boxes: Tensor, response: Response, present: Tensor) -> Metrics:
    """Scores as the teacher's, also where they are small; boxes too, by how sure it is."""
    logits = answer.score[:, 0].float()
    wanted = response.score.clamp(1e-6, 1 - 1e-6)
    return {
        "score": 2 * losses.score_loss(logits, wanted),
        "logits": F.smooth_l1_loss(
            logits.clamp(-_FARTHEST, _FARTHEST), wanted.logit().clamp(-_FARTHEST, _FARTHEST)
        )
        / 2,
        "box": losses.box_loss(boxes, response.boxes_cxcywh, wanted.clamp(min=0.02)),
        "presence": losses.presence_loss(told(answer), present),
    }


def _mean(values: Tensor, chosen: Tensor) -> Tensor:
    """Of those chosen; 0 of none."""
    return (values * chosen).sum() / chosen.sum().clamp(min=1)


def _nearest(ours: Tensor, theirs: Tensor) -> nn.Conv2d:
    """The linear map that brings our features nearest to theirs (least squares)."""
    width, channels = ours.shape[1], theirs.shape[1]
    product = ours.new_zeros((width + 1, width + 1), dtype=torch.float64)
    answer = ours.new_zeros((width + 1, channels), dtype=torch.float64)
    for first in range(0, len(ours), 64):
        some, wanted = ours[first : first + 64], theirs[first : first + 64]
        x = some.double().movedim(1, -1).reshape(-1, width)
        x = torch.cat([x, x.new_ones(len(x), 1)], dim=1)
        product += x.T @ x
        answer += x.T @ wanted.double().movedim(1, -1).reshape(-1, channels)
    product += 1e-3 * torch.eye(width + 1, dtype=product.dtype, device=product.device)
    found = torch.linalg.solve(product, answer).float()
    layer = nn.Conv2d(width, channels, 1).to(ours.device).requires_grad_(requires_grad=False)
    layer.weight.copy_(found[:-1].T[..., None, None])
    cast(Tensor, layer.bias).copy_(found[-1])
    return layer


def _float(features: Tensor) -> Tensor:
    return features.float().contiguous(memory_format=torch.channels_last)
