"""What is learned: stage one the teacher's features, stage two its answers on pairs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from tracker.model.network import TrackingNetwork
from tracker.training import augmentation, losses, sampling, targets, validation, views
from tracker.training.corpus import Corpus
from tracker.training.sampling import SamplingConfig
from tracker.training.teacher import NanoTrack

Metrics = dict[str, Tensor]

_TEACHER_CHANNELS = {2: 48, 3: 96}  # generation -> feature channels


@dataclass(frozen=True, slots=True, kw_only=True)
class StageConfig:
    """Weights of the losses, and shares of what is drawn."""

    sampling: SamplingConfig = field(default_factory=SamplingConfig)
    generations: tuple[int, ...] = (2, 3)  # of NanoTrack; they take turns as the teacher
    trust: float = 0.5  # in the teacher's scores where a box is annotated
    beside: float = 0.25  # share of search crops with a pasted distractor
    over: float = 0.1  # share with a pasted occluder
    strangers: float = 0.3  # share of templates shown again with a search crop without the target
    features: float = 0.5  # weight of the feature loss


class Stage(nn.Module, ABC):
    """A network in training, and what it is trained with."""

    def __init__(
        self, network: TrackingNetwork, corpus: Corpus, teachers: Path, config: StageConfig
    ) -> None:
        super().__init__()
        device = corpus.images.device
        self.network = network
        self.corpus = corpus
        self.config = config
        self.teachers = {g: NanoTrack(teachers, g, device) for g in config.generations}
        width = network.search_norm.num_features
        self.projectors = nn.ModuleDict(
            {str(g): nn.Conv2d(width, _TEACHER_CHANNELS[g], 1) for g in config.generations}
        )

    @abstractmethod
    def loss(self, step: int, seed: int, count: int) -> tuple[Tensor, Metrics]:
        """The loss on the `count` samples of a step, which (seed, step) alone determine."""

    @abstractmethod
    def validate(self, network: TrackingNetwork, root: Path) -> dict[str, float]:
        """How good `network`, an average of the one in training, is on what was held out.

        Args:
            network: in evaluation mode, on the corpus' device.
            root: the training folder.

        Returns:
            `score`, of which more is better, and what else is worth knowing.
        """


class FeatureStage(Stage):
    """The backbone learns to predict the teachers' features on single crops."""

    def loss(self, step: int, seed: int, count: int) -> tuple[Tensor, Metrics]:
        """See `Stage`."""
        rng, generator = _randomness(self.corpus, seed, step)
        pairs = sampling.draw(self.corpus, self.config.sampling, rng, count)
        crops = views.cut(self.corpus, pairs.search, self.network.config.search_size)
        crops = augmentation.photometric(crops, generator)
        with torch.no_grad():
            wanted = {g: teacher.features(crops) for g, teacher in self.teachers.items()}
        images = self.network.normalised(crops.permute(0, 2, 3, 1))
        features = self.network.backbone(images)[2]
        each = [
            losses.feature_loss(self.projectors[str(g)](features).float(), w.float())
            for g, w in wanted.items()
        ]
        loss = torch.stack(each).mean()
        return loss, {"features": loss.detach()}

    @torch.no_grad()
    def validate(self, network: TrackingNetwork, root: Path) -> dict[str, float]:
        """Cosine similarity to the teachers' standardised features; see `Stage`."""
        device = self.corpus.images.device
        crops = validation.held_out_crops(root, network.config.search_size).to(device)
        found = network.backbone(network.normalised(crops))[2]
        images = crops.permute(0, 3, 1, 2).float()
        each = [
            F.cosine_similarity(
                self.projectors[str(g)](found), losses.standardised(teacher.features(images)), 1
            ).mean()
            for g, teacher in self.teachers.items()
        ]
        return {"score": float(torch.stack(each).mean())}


class PairStage(Stage):
    """The whole network learns to find templates, from a teacher's answers and from boxes."""

    def loss(self, step: int, seed: int, count: int) -> tuple[Tensor, Metrics]:
        """See `Stage`."""
        rng, generator = _randomness(self.corpus, seed, step)
        config = self.config
        pairs = sampling.draw(self.corpus, config.sampling, rng, count)
        generation = config.generations[step % len(config.generations)]
        teacher = self.teachers[generation]
        template, search = self._crops(pairs, rng, generator)
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
        strangers = _strangers(pairs.source, rng, round(config.strangers * count))
        maps, searched = self._answer(template, search, torch.as_tensor(strangers, device=device))
        score, size, offset = maps
        boxes = losses.decoded(size[:count], offset[:count])
        absent = torch.zeros_like(score[count:])
        parts = {
            "score": losses.score_loss(score, torch.cat([wanted.score, absent])),
            "box": losses.box_loss(boxes, wanted.boxes_cxcywh, wanted.weight),
            "truth": losses.box_loss(
                boxes, wanted.truth_cxcywh[..., None, None], wanted.truth_weight
            ),
            "features": losses.feature_loss(
                self.projectors[str(generation)](searched).float(), seen.float()
            ),
        }
        loss = parts["score"] * 2 + (parts["box"] + parts["truth"]) / 2
        loss = loss + config.features * parts["features"]
        metrics = {name: part.detach() for name, part in parts.items()}
        metrics["iou"] = losses.best_iou(score[:count], boxes, wanted).mean().detach()
        metrics["stranger"] = (
            score[count:].detach().amax((1, 2)).mean() if len(strangers) else score.new_zeros(())
        )
        return loss, metrics

    def validate(self, network: TrackingNetwork, root: Path) -> dict[str, float]:
        """Overlap when tracking; see `Stage`."""
        return validation.validate(network, root, self.corpus.images.device)

    def _crops(
        self, pairs: sampling.Pairs, rng: np.random.Generator, generator: Generator
    ) -> tuple[Tensor, Tensor]:
        network = self.network.config
        template = views.cut(self.corpus, pairs.template, network.template_size)
        search = views.cut(self.corpus, pairs.search, network.search_size)
        search = views.paste(
            search, self.corpus, pairs, rng, beside=self.config.beside, over=self.config.over
        )
        return (
            augmentation.photometric(template, generator),
            augmentation.photometric(search, generator),
        )

    def _answer(
        self, template: Tensor, search: Tensor, strangers: Tensor
    ) -> tuple[tuple[Tensor, ...], Tensor]:
        """Maps of the pairs, then of pairs of strangers; search features before correlation.

        Where the third stage is apart, strangers cost no more than the head.
        """
        network = self.network
        memory = network.remember(network.normalised(template.permute(0, 2, 3, 1)))
        images = network.normalised(search.permute(0, 2, 3, 1))
        count = len(search)
        if network.config.third_stage == "joint":
            index = torch.arange(count, device=search.device)
            memory = torch.cat([memory, memory[strangers[:, 0]]])
            images = images[torch.cat([index, strangers[:, 1]])]
            kernels, features = network.features(memory, images)
        else:
            kernels, features = network.features(memory, images)
            kernels = torch.cat([kernels, kernels[strangers[:, 0]]])
            features = torch.cat([features, features[strangers[:, 1]]])
        return network.head(network.fusion(kernels, features)), features[:count]


def _randomness(corpus: Corpus, seed: int, step: int) -> tuple[np.random.Generator, Generator]:
    device = corpus.images.device
    generator = Generator(device=device).manual_seed(seed * 1_000_003 + step)
    return np.random.default_rng((seed, step)), generator


def _strangers(source: np.ndarray, rng: np.random.Generator, count: int) -> np.ndarray:
    """(M, 2) pairs of rows whose template and search region come from different tracks."""
    pairs = rng.integers(len(source), size=(count, 2))
    out: np.ndarray = pairs[source[pairs[:, 0]] != source[pairs[:, 1]]]
    return out
