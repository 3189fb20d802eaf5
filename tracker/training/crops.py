"""The pictures that a step shows: drawn, cut, pasted into, and changed as cameras change them."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from tracker.model.network import NetworkConfig
from tracker.training import augmentation, sampling, views
from tracker.training.corpus import Corpus
from tracker.training.sampling import Pairs
from tracker.training.stages import StageConfig, randomness


def crops(
    corpus: Corpus, config: StageConfig, network: NetworkConfig, seed: int, step: int, count: int
) -> tuple[Pairs, Tensor, Tensor, np.random.Generator]:
    """The pairs of one step, which (seed, step) alone determine.

    Returns:
        the pairs; their templates (N, 3, T, T) and search crops (N, 3, S, S), float RGB in 0-255;
        and the generator, for what else is to be drawn.
    """
    rng, generator = randomness(corpus, seed, step)
    pairs = sampling.draw(corpus, config.sampling, rng, count)
    template = views.cut(corpus, pairs.template, network.template_size)
    search = views.cut(corpus, pairs.search, network.search_size)
    search = views.paste(search, corpus, pairs, rng, beside=config.beside, over=config.over)
    template, search = augmentation.distant(template, search, generator, config.distant)
    template = augmentation.photometric(template, generator)
    return pairs, template, augmentation.photometric(search, generator), rng
