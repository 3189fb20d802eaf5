"""Backbone, fusion and head in one network, from raw pixels to maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from backbones.lowformer import VARIANTS as BACKBONES
from backbones.lowformer import LowFormer
from tracker.model.fusion import BranchedCorrelation, PixelwiseCorrelation
from tracker.model.head import Head, LowFormerHead, Maps, SeparableHead

STRIDE = 16  # of the features that are matched: the third stage's


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConfig:
    """Everything that separates one tracking network from another."""

    backbone: str  # a key of backbones.lowformer.VARIANTS
    template_size: int = 112  # pixels, a multiple of 16
    search_size: int = 224  # pixels, twice the template's where the third stage is joint
    third_stage: Literal["joint", "apart"] = "joint"  # does attention see template and search?
    head: Literal["lowformer", "separable"] = "lowformer"  # the light one has two correlations
    head_channels: int | None = None  # None: as wide as the third stage
    score_blocks: int = 2  # LowFormer blocks, or separable convolutions
    box_blocks: int = 4

    @property
    def grid(self) -> int:
        """Cells along a side of the head's maps."""
        return self.search_size // STRIDE


NETWORKS = {
    "b0": NetworkConfig(
        backbone="b0",
        template_size=128,
        search_size=256,
        third_stage="apart",
        head="separable",
        head_channels=96,
        score_blocks=6,
        box_blocks=6,
    ),
    "b1": NetworkConfig(backbone="b1"),
    "b1.5": NetworkConfig(backbone="b1.5"),  # the published tracker
    "b3": NetworkConfig(backbone="b3"),
    "e1": NetworkConfig(backbone="e1"),
}


class TrackingNetwork(nn.Module):
    """Takes uint8 pixels; normalisation is part of the graph, so every engine does the same.

    What depends on the template alone is its memory: its second-stage map where the third stage is
    joint, its third-stage features where it is not.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        backbone = BACKBONES[config.backbone]
        width = backbone.channels[2]
        channels = config.head_channels or width
        self.backbone = LowFormer(backbone, stages=3)
        self.search_norm = nn.BatchNorm2d(width)
        self.template_norm = nn.BatchNorm2d(width)
        positions = (config.template_size // STRIDE) ** 2
        blocks = {"score_blocks": config.score_blocks, "box_blocks": config.box_blocks}
        self.fusion: nn.Module
        self.head: Head
        if config.head == "lowformer":
            self.fusion = PixelwiseCorrelation(positions, channels)
            self.head = LowFormerHead(channels, **blocks)
        else:
            self.fusion = BranchedCorrelation(width, positions, channels)
            self.head = SeparableHead(channels, **blocks)
        self.register_buffer(
            "mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1) * 255, persistent=False
        )
        self.register_buffer(
            "std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1) * 255, persistent=False
        )

    def normalised(self, pixels: Tensor) -> Tensor:
        """(N, S, S, 3) RGB in 0-255, uint8 or float -> (N, 3, S, S), ImageNet-normalised."""
        # to float first: TensorRT does nothing else with bytes
        return (pixels.float().permute(0, 3, 1, 2) - self.mean) / self.std

    def encode(self, pixels: Tensor) -> Tensor:
        """(N, T, T, 3) uint8 template crops -> memory (N, C, T / stride, T / stride)."""
        return self.remember(self.normalised(pixels))

    def forward(self, memory: Tensor, searches: Tensor) -> Maps:
        """Memory and (N, S, S, 3) uint8 search crops -> score, size, offset."""
        return self.match(memory, self.normalised(searches))

    def remember(self, images: Tensor) -> Tensor:
        """(N, 3, T, T) normalised template crops -> memory."""
        features = self._two_stages(images)
        if self.config.third_stage == "joint":
            return features
        out: Tensor = self.template_norm(self.backbone.stages[2](features))
        return out

    def match(self, memory: Tensor, images: Tensor) -> Maps:
        """Memory and (N, 3, S, S) normalised search crops -> score, size, offset.

        Where the third stage is apart, S may be another multiple of 16 than the network learned
        with; crops have to be equally sharp.
        """
        score, size, offset = self.head(self.fusion(*self.features(memory, images)))
        side = int(images.shape[-1])
        if side != self.config.search_size:  # whose fractions the sizes are
            size = size * (self.config.search_size / side)
        return score, size, offset

    def features(self, memory: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
        """The template features (N, C, k, k) and search features (N, C, G, G) to be correlated."""
        search = self._two_stages(images)
        if self.config.third_stage == "joint":
            template, search = self._joint_stage(memory, search)
            template = self.template_norm(template)
        else:
            template, search = memory, self.backbone.stages[2](search)
        return template, self.search_norm(search)

    def _two_stages(self, images: Tensor) -> Tensor:
        out: Tensor = self.backbone.stages[1](self.backbone.stages[0](self.backbone.stem(images)))
        return out

    def _joint_stage(self, template: Tensor, search: Tensor) -> tuple[Tensor, Tensor]:
        """Run stage three on the search map with the template map, twice, laid under it."""
        both = torch.cat([search, torch.cat([template, template], dim=3)], dim=2)
        both = self.backbone.stages[2](both)
        rows = self.config.grid
        columns = self.config.template_size // STRIDE
        return both[:, :, rows:, :columns], both[:, :, :rows]
