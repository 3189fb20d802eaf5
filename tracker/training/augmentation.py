"""What cameras do to colours and edges; whole batches, on any device."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

_DISTANCES = (1.5, 2.0, 3.0, 4.0, 6.0)  # how many times a target's pixels are enlarged

_GREY = (0.299, 0.587, 0.114)


def photometric(images: Tensor, generator: Generator) -> Tensor:
    """Light, contrast, colour cast, saturation, grey, blur, low resolution, noise.

    Args:
        images: (N, 3, S, S) float RGB in 0-255.
        generator: on the images' device; draws every sample's own strengths.

    Returns:
        images of the same shape and range.
    """
    count = len(images)

    def normal(scale: float, *shape: int) -> Tensor:
        drawn = torch.randn((count, *shape, 1, 1), generator=generator, device=images.device)
        return drawn * scale

    def some(share: float) -> Tensor:
        drawn = torch.rand((count, 1, 1, 1), generator=generator, device=images.device)
        return drawn < share

    grey = (images * images.new_tensor(_GREY)[:, None, None]).sum(1, keepdim=True)
    saturation = (1 + normal(0.25, 1)).clamp(0, 2)
    saturation = torch.where(some(0.1), torch.zeros_like(saturation), saturation)
    images = torch.lerp(grey, images, saturation)
    middle = images.mean((1, 2, 3), keepdim=True)
    images = (images - middle) * normal(0.18, 1).exp() + middle
    images = images * normal(0.15, 1).exp() * normal(0.05, 3).exp()
    images = _on_some(images, 0.12, lambda chosen, _: _coarse(chosen, 2), generator)
    images = _on_some(images, 0.25, _blur, generator)
    noise = torch.randn(images.shape, generator=generator, device=images.device)
    images = images + noise * normal(4.0, 1).abs() * some(0.5)
    return images.clamp(0, 255)


def distant(
    template: Tensor, search: Tensor, generator: Generator, share: float
) -> tuple[Tensor, Tensor]:
    """Show some pairs as if their targets were a few pixels large, in both crops alike.

    Args:
        template: (N, 3, T, T).
        search: (N, 3, S, S).
        generator: on their device.
        share: of the pairs.
    """
    draw = torch.rand((2, len(search)), generator=generator, device=search.device)
    which = (draw[1] * len(_DISTANCES)).long()
    for index, factor in enumerate(_DISTANCES):
        rows = ((draw[0] < share) & (which == index)).nonzero()[:, 0]
        if len(rows):
            template = template.index_copy(0, rows, _coarse(template[rows], factor))
            search = search.index_copy(0, rows, _coarse(search[rows], factor))
    return template, search


def blank(images: Tensor, generator: Generator, share: float) -> tuple[Tensor, Tensor]:
    """Replace some pictures by nothing: one colour, often black, with more or less noise.

    Args:
        images: (N, 3, S, S), 0-255.
        generator: on their device.
        share: of the pictures.

    Returns:
        the pictures, and (N,) bool: which are blank.
    """
    draw = torch.rand((len(images), 6), generator=generator, device=images.device)
    chosen = draw[:, 0] < share
    colour = draw[:, 1:4] * 255 * (draw[:, 4:5] > 0.4)
    level = 100 * draw[:, 5].clamp(min=0.5) - 50  # half of them without noise
    noise = torch.randn(images.shape, generator=generator, device=images.device)
    empty = (colour[..., None, None] + noise * level[:, None, None, None]).clamp(0, 255)
    return torch.where(chosen[:, None, None, None], empty, images), chosen


def _on_some(
    images: Tensor,
    share: float,
    function: Callable[[Tensor, Generator], Tensor],
    generator: Generator,
) -> Tensor:
    chosen = torch.rand(len(images), generator=generator, device=images.device) < share
    index = chosen.nonzero()[:, 0]
    if len(index):
        images = images.index_copy(0, index, function(images[index], generator))
    return images


def _coarse(images: Tensor, factor: float) -> Tensor:
    """As if the target had been small: fewer pixels, brought back."""
    size = images.shape[-1]
    small = F.interpolate(images, size=round(size / factor), mode="area")
    return F.interpolate(small, size=size, mode="bilinear", align_corners=False)


def _blur(images: Tensor, generator: Generator) -> Tensor:
    """Motion along any direction, or out of focus where the two widths are alike."""
    count, reach = len(images), 5
    draw = torch.rand((count, 3), generator=generator, device=images.device)
    angle, long, short = draw[:, 0] * math.pi, 0.5 + 2.5 * draw[:, 1], 0.3 + draw[:, 2]
    axis = torch.arange(-reach, reach + 1, device=images.device, dtype=images.dtype)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    cos, sin = angle.cos()[:, None, None], angle.sin()[:, None, None]
    along = (x * cos + y * sin) / long[:, None, None]
    across = (y * cos - x * sin) / short[:, None, None]
    kernel = (-(along**2 + across**2) / 2).exp()
    kernel = kernel / kernel.sum((1, 2), keepdim=True)
    kernel = kernel[:, None].expand(-1, 3, -1, -1).reshape(count * 3, 1, *kernel.shape[-2:])
    flat = images.reshape(1, count * 3, *images.shape[-2:])
    padded = F.pad(flat, (reach,) * 4, mode="replicate")
    return F.conv2d(padded, kernel, groups=count * 3).reshape(images.shape)
