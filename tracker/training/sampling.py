"""Which template goes with which search region: plain NumPy, one seed a step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from tracker.crop import context_side
from tracker.training.annotations import Floats
from tracker.training.corpus import Corpus


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingConfig:
    """How pairs are drawn, where there is something of each kind; otherwise, of what there is."""

    clips: float = 0.4  # share of pairs from clips; the rest are two views of one still
    plain: float = 0.5  # share of the stills' pairs whose target is any region of the picture
    farthest: int = 40  # stored frames between template and search, at most
    wide: float = 0.25  # share of pairs whose target may lie anywhere in the search crop
    shift: float = 0.35  # otherwise the offset's standard deviation, in target sizes
    scale: float = 0.3  # standard deviation of the log of the search crop's size error
    stretch: float = 0.18  # of the log of the aspect change, stills only
    turn: float = 0.15  # of the rotation in radians, stills only
    tumble: float = 0.1  # share of the stills' pairs that are turned by any angle
    template_context: float = 2.0  # crop side, in target sizes
    search_context: float = 4.0


@dataclass(frozen=True, slots=True)
class View:
    """N square crops: which picture, where, how large, how turned."""

    image: np.ndarray  # (N,) indices into Corpus.images
    center: Floats  # (N, 2), picture pixels
    side: Floats  # (N,), picture pixels
    matrix: Floats  # (N, 2, 2), crop -> picture directions, on top of `side`


@dataclass(frozen=True, slots=True)
class Pairs:
    """N templates, N search regions, and where the target is in them."""

    template: View
    search: View
    truth_cxcywh: Floats  # (N, 4), fractions of the search crop
    labelled: np.ndarray  # (N,) bool: the box was annotated, not drawn at random
    source: np.ndarray  # (N,) which track; equal numbers may show the same thing
    target: np.ndarray  # (N,) equal numbers do show it, the same way round; -1: no other does


def draw(corpus: Corpus, config: SamplingConfig, rng: Generator, count: int) -> Pairs:
    """Draw `count` pairs."""
    rows = [_one(corpus, config, rng) for _ in range(count)]
    columns = list(zip(*rows, strict=True))
    template_image, template_box, search_image, search_box, labelled, still, source, target = map(
        np.asarray, columns
    )
    flip = np.where(rng.random(count) < 0.5, -1.0, 1.0)
    template = View(
        template_image,
        _center(template_box),
        _sides(template_box, config.template_context),
        np.eye(2) * np.stack([flip, np.ones(count)], 1)[:, None, :],
    )
    search = _search_view(search_image, search_box, still, flip, config, rng)
    target = np.where(target < 0, -1, 2 * target + (flip > 0))
    return Pairs(template, search, _truth(search, search_box), labelled, source, target)


def _one(corpus: Corpus, config: SamplingConfig, rng: Generator) -> tuple[object, ...]:
    photographs = corpus.stills or corpus.plain
    if corpus.clips and (not photographs or rng.random() < config.clips):
        which = int(rng.integers(len(corpus.clips)))
        track = corpus.clips[which]
        first = int(rng.integers(len(track.images)))
        low = max(0, first - config.farthest)
        second = int(rng.integers(low, min(len(track.images), first + config.farthest + 1)))
        boxes = track.boxes_xywh
        return (
            track.images[first], boxes[first], track.images[second], boxes[second],
            True, False, which, which,
        )  # fmt: skip
    plain = not corpus.stills or rng.random() < config.plain
    known = len(corpus.stills)
    which = int(rng.integers(known + len(corpus.plain) if plain else known))
    track = corpus.stills[which] if which < known else corpus.plain[which - known]
    image = track.images[0]
    box = _region(corpus.sizes_wh[image], rng) if plain else track.boxes_xywh[0]
    target = -1 if plain else len(corpus.clips) + which
    return image, box, image, box, not plain, True, len(corpus.clips) + image, target


def _region(size_wh: Floats, rng: Generator) -> Floats:
    """Any region of a picture: nothing is known of it, so a teacher's word must do."""
    area = (np.exp(rng.uniform(np.log(0.06), np.log(0.4))) * size_wh.min()) ** 2
    aspect = np.exp(rng.normal(0, 0.4))
    wh = np.sqrt([area * aspect, area / aspect])
    xy = rng.uniform(0, 1, 2) * np.maximum(size_wh - wh, 0)
    return np.concatenate([xy, wh])


def _search_view(
    image: np.ndarray,
    box: Floats,
    still: np.ndarray,
    flip: Floats,
    config: SamplingConfig,
    rng: Generator,
) -> View:
    count = len(image)
    scale = np.exp(rng.normal(0, config.scale, count))
    side = _sides(box, config.search_context) * scale
    size = np.sqrt(box[:, 2] * box[:, 3])
    near = rng.normal(0, config.shift, (count, 2)) * size[:, None]
    # anywhere that leaves the target's middle well inside of the crop
    far = rng.uniform(-0.38, 0.38, (count, 2)) * side[:, None]
    anywhere = rng.random((count, 1)) < config.wide
    reach = 0.4 * side[:, None]
    center = _center(box) + np.clip(np.where(anywhere, far, near), -reach, reach)
    stretch = np.exp(rng.normal(0, config.stretch, count) * still)
    tumbles = rng.random(count) < config.tumble
    angle = np.where(tumbles, rng.uniform(-np.pi, np.pi, count), rng.normal(0, config.turn, count))
    turn = angle * still
    cos, sin = np.cos(turn), np.sin(turn)
    rotation = np.stack([np.stack([cos, -sin], 1), np.stack([sin, cos], 1)], 1)
    axes = np.stack([flip * np.sqrt(stretch), 1 / np.sqrt(stretch)], 1)
    return View(image, center, side, rotation * axes[:, None, :])


def _truth(view: View, box: Floats) -> Floats:
    """The target in the search crop; of what is turned, the box around the box's ellipse."""
    inverse = np.linalg.inv(view.matrix)
    offset = np.einsum("nij,nj->ni", inverse, _center(box) - view.center) / view.side[:, None]
    extent = np.sqrt(np.einsum("nij,nj->ni", inverse**2, box[:, 2:] ** 2)) / view.side[:, None]
    return np.concatenate([0.5 + offset, extent], 1)


def _center(box: Floats) -> Floats:
    return box[:, :2] + box[:, 2:] / 2


def _sides(box: Floats, factor: float) -> Floats:
    return np.array([context_side(w, h, factor) for w, h in box[:, 2:]])
