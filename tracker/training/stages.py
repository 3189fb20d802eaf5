"""What all stages of training share, and stage one: the backbone learns a teacher's features."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from tracker.errors import TrackerError
from tracker.model.head import Answer
from tracker.model.network import TrackingNetwork
from tracker.training import augmentation, losses, sampling, validation, views
from tracker.training.corpus import Corpus
from tracker.training.sampling import SamplingConfig
from tracker.training.teacher import Teachers

Metrics = dict[str, Tensor]

_TEACHER_CHANNELS = {2: 48, 3: 96}  # NanoTrack's version -> feature channels


class PresenceError(TrackerError):
    """The network has no answer to whether its target is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageConfig:
    """Weights of the losses, and shares of what is drawn."""

    sampling: SamplingConfig = field(default_factory=SamplingConfig)
    trust: float = 0.7  # in the teacher's scores where a box is annotated
    beside: float = 0.25  # share of search crops with a pasted distractor
    over: float = 0.1  # share with a pasted occluder
    distant: float = 0.3  # share of pairs whose target is shown as a few pixels
    strangers: float = 0.3  # share of templates shown again with a search crop without the target
    blank: float = 0.1  # share of search crops that show nothing, where presence is learned
    features: float = 0.5  # weight of the feature loss


class Stage(nn.Module, ABC):
    """A network in training, and what it is trained with."""

    versions: ClassVar[tuple[int, ...]] = ()  # of NanoTrack, which it learns from

    def __init__(self, network: TrackingNetwork, corpus: Corpus, config: StageConfig) -> None:
        super().__init__()
        self.network = network
        self.corpus = corpus
        self.config = config
        self.projectors = nn.ModuleDict()  # into teachers' features, where those are learned

    @abstractmethod
    def loss(self, step: int, seed: int, count: int) -> tuple[Tensor, Metrics]:
        """The loss on the `count` samples of a step, which (seed, step) alone determine."""

    def validate(self, network: TrackingNetwork, clips: Sequence[Path]) -> dict[str, float]:
        """How good `network`, an average of the one in training, is on what was held out.

        By its overlap when it tracks the held-out clips, where a stage says nothing else.

        Args:
            network: in evaluation mode, on the corpus' device.
            clips: folders of those held out.

        Returns:
            `score`, of which more is better, and what else is worth knowing.
        """
        return validation.validate(network, clips, self.corpus.images.device)


class TaughtStage(Stage):
    """A stage in which features are drawn towards those of two teachers."""

    versions = (2, 3)

    def __init__(
        self, network: TrackingNetwork, corpus: Corpus, teachers: Teachers, config: StageConfig
    ) -> None:
        super().__init__(network, corpus, config)
        width = network.search_norm.num_features
        self.teachers = teachers
        self.projectors.update(
            {str(v): nn.Conv2d(width, _TEACHER_CHANNELS[v], 1) for v in self.versions}
        )


class FeatureStage(TaughtStage):
    """The backbone learns to predict the teachers' features on single crops."""

    def loss(self, step: int, seed: int, count: int) -> tuple[Tensor, Metrics]:
        """See `Stage`."""
        rng, generator = randomness(self.corpus, seed, step)
        pairs = sampling.draw(self.corpus, self.config.sampling, rng, count)
        crops = views.cut(self.corpus, pairs.search, self.network.config.search_size)
        crops = augmentation.photometric(crops, generator)
        with torch.no_grad():
            wanted = {v: teacher.features(crops) for v, teacher in self.teachers.items()}
        images = self.network.normalised(crops.permute(0, 2, 3, 1))
        features = self.network.backbone(images)[2]
        each = [
            losses.feature_loss(self.projectors[str(v)](features).float(), w.float())
            for v, w in wanted.items()
        ]
        loss = torch.stack(each).mean()
        return loss, {"features": loss.detach()}

    @torch.no_grad()
    def validate(self, network: TrackingNetwork, clips: Sequence[Path]) -> dict[str, float]:
        """Cosine similarity to the teachers' standardised features; see `Stage`."""
        device = self.corpus.images.device
        crops = validation.held_out_crops(clips, network.config.search_size).to(device)
        found = network.backbone(network.normalised(crops))[2]
        images = crops.permute(0, 3, 1, 2).float()
        each = [
            F.cosine_similarity(
                self.projectors[str(v)](found), losses.standardised(teacher.features(images)), 1
            ).mean()
            for v, teacher in self.teachers.items()
        ]
        return {"score": float(torch.stack(each).mean())}


def told(answer: Answer) -> Tensor:
    """(N, 1) logits: is the target there?

    Raises:
        PresenceError: if the head tells it by its scores alone.
    """
    if answer.presence is None:
        raise PresenceError("only networks with the light head learn whether a target is there")
    return answer.presence


def randomness(corpus: Corpus, seed: int, step: int) -> tuple[np.random.Generator, Generator]:
    """All that a step draws, from (seed, step) alone: on the host, and on the pictures' device."""
    device = corpus.images.device
    generator = Generator(device=device).manual_seed(seed * 1_000_003 + step)
    return np.random.default_rng((seed, step)), generator
