"""LowFormer with its published classification head, and the embeddings taken from it."""

from __future__ import annotations

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor, nn

from backbones.lowformer import ConvNormAct, LowFormer, LowFormerConfig

_SMALLEST = 1e-6  # activations are raised to a power; roots of zero have no gradient


class Classification(NamedTuple):
    """What the classifier says about N images."""

    logits: Tensor  # (N, classes)
    embedding: Tensor  # (N, head_widths[1]), what the logits are computed from


class Classifier(nn.Module):
    """Backbone, 1x1 convolution, average over the map, two linear layers.

    The published weights were trained and measured on 224 x 224 pixels, cut from the middle of an
    image after resizing (bicubic) so that the cut is 0.95 of the shorter side.

    Args:
        config: The variant, as `backbones.VARIANTS` has them.
        classes: Number of logits; 1000 for ImageNet.
    """

    def __init__(self, config: LowFormerConfig, *, classes: int = 1000) -> None:
        super().__init__()
        wide, narrow = config.head_widths
        self.backbone = LowFormer(config)
        self.expand = ConvNormAct(config.channels[-1], wide, 1)
        self.embed = nn.Sequential(
            nn.Linear(wide, narrow, bias=False), nn.LayerNorm(narrow), nn.Hardswish()
        )
        self.classify = nn.Linear(narrow, classes)

    def features(self, images: Tensor) -> Tensor:
        """(N, 3, H, W) -> the map that is pooled, (N, head_widths[0], H / 32, W / 32)."""
        features: Tensor = self.expand(self.backbone(images)[-1])
        return features

    def forward(self, images: Tensor) -> Classification:
        """Logits and embedding of images (N, 3, H, W), normalised as for the backbone."""
        embedding = self.embed(self.features(images).mean((-2, -1)))
        return Classification(logits=self.classify(embedding), embedding=embedding)


class Retrieval(nn.Module):
    """Describes an image by one vector, so that like images have a large dot product.

    Generalised-mean pooling (GeM: Radenovic, Tolias, Chum, TPAMI 2019, equation 3) of the map that
    the classifier averages, scaled to length one. No learned part but the classifier's own.

    Args:
        classifier: Where the features come from; shared, not copied.
        power: 1 is the average, larger is closer to the maximum.
    """

    def __init__(self, classifier: Classifier, *, power: float = 3.0) -> None:
        if not power > 0:
            raise ValueError(f"the power of a generalised mean is positive, not {power}")
        super().__init__()
        self.classifier = classifier
        self.power = power

    def forward(self, images: Tensor) -> Tensor:
        """(N, 3, H, W), normalised as for the backbone -> (N, head_widths[0]), each of length 1."""
        features = self.classifier.features(images).clamp(min=_SMALLEST)
        pooled = features.pow(self.power).mean((-2, -1)).pow(1 / self.power)
        return F.normalize(pooled)
