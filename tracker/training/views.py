"""Cut crops out of pictures, many at once, on the device where the pictures are."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.random import Generator
from torch import Tensor

from tracker.training.corpus import Corpus
from tracker.training.sampling import Pairs, View


def cut(corpus: Corpus, view: View, size: int) -> Tensor:
    """N square views -> (N, 3, size, size) float RGB in 0-255; outside is the mean colour."""
    device = corpus.images.device
    image = torch.as_tensor(view.image, device=device)
    height, width = corpus.images.shape[-2:]
    half = view.matrix * view.side[:, None, None] / 2
    extent = np.array([width, height])
    # grid_sample wants positions from -1 to 1 across the canvas
    theta = np.concatenate(
        [
            half * (2 / extent)[None, :, None],
            (view.center * 2 / extent - 1)[:, :, None],
        ],
        axis=2,
    )
    grid = F.affine_grid(
        torch.as_tensor(theta, dtype=torch.float32, device=device),
        [len(view.image), 3, size, size],
        align_corners=False,
    )
    mean = corpus.means[image][:, :, None, None]
    pixels = corpus.images[image].float() - mean
    return F.grid_sample(pixels, grid, padding_mode="zeros", align_corners=False) + mean


def paste(
    searches: Tensor, corpus: Corpus, pairs: Pairs, rng: Generator, *, beside: float, over: float
) -> Tensor:
    """Lay other things into some of the search crops: beside the target, or over a part of it.

    Args:
        searches: (N, 3, S, S), changed where something is laid in.
        corpus: where the other things come from.
        pairs: says where the targets are.
        rng: draws what goes where.
        beside: share of crops that get a distractor.
        over: share of crops that get an occluder.
    """
    count, _, size, _ = searches.shape
    draw = rng.random(count)
    chosen = np.flatnonzero(draw < beside + over)
    if not len(chosen) or not corpus.stills:
        return searches
    center, extent = pairs.truth_cxcywh[chosen, :2], pairs.truth_cxcywh[chosen, 2:]
    occludes = (draw[chosen] < over)[:, None]
    elsewhere = rng.uniform(0.05, 0.95, (len(chosen), 2))
    edge = center + rng.choice([-0.5, 0.5], (len(chosen), 2)) * extent * rng.uniform(
        0.4, 1.0, (len(chosen), 2)
    )
    place = np.where(occludes, edge, elsewhere)
    wh = np.sqrt(extent.prod(1, keepdims=True)) * np.exp(rng.normal(0, 0.3, (len(chosen), 2)))
    wh = np.where(occludes, 0.6 * wh, wh)
    others = [corpus.stills[int(i)] for i in rng.integers(len(corpus.stills), size=len(chosen))]
    boxes = np.stack([other.boxes_xywh[0] for other in others])
    # a view of the other picture in which its box falls on `place`, as large as `wh`
    stretch = boxes[:, 2:] / wh
    view = View(
        np.array([other.images[0] for other in others]),
        boxes[:, :2] + boxes[:, 2:] / 2 - (place - 0.5) * stretch,
        np.ones(len(chosen)),
        np.eye(2) * stretch[:, None, :],
    )
    layer = cut(corpus, view, size)
    searches[chosen] = torch.lerp(searches[chosen], layer, _ellipse(place, wh, size, layer))
    return searches


def _ellipse(place: np.ndarray, wh: np.ndarray, size: int, like: Tensor) -> Tensor:
    """(N, 1, S, S) masks, 1 inside, with a soft edge."""
    axis = (torch.arange(size, device=like.device) + 0.5) / size
    x, y = (
        (axis[None] - torch.as_tensor(place[:, i, None], dtype=like.dtype, device=like.device))
        / torch.as_tensor(wh[:, i, None] / 2, dtype=like.dtype, device=like.device)
        for i in (0, 1)
    )
    radius = (x[:, None, :] ** 4 + y[:, :, None] ** 4) ** 0.25
    return ((1.05 - radius) / 0.1).clamp(0, 1)[:, None]
