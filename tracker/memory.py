"""What is remembered of a target: its first sight, and how it has looked lately."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

# What an engine remembers of templates: an array or a tensor (N, C, k, k) in float32, maybe in
# device memory; memories can be added, multiplied, cut and summed up
Memory = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryConfig:
    """How the memory follows a target that changes its looks."""

    every: int = 0  # confident frames between two looks; 0: only the first sight counts
    sure: float = 0.7  # a score from which a frame is confident
    rate: float = 0.4  # of the lately seen towards the newest look
    share: float = 0.3  # of the lately seen in what is matched; the rest is the first sight


def similarity(one: Memory, other: Memory) -> list[float]:
    """How alike memories are in their middles, where the target is: their cosines, in [-1, 1].

    Args:
        one: of N templates, (N, C, k, k).
        other: likewise; each is compared with its like.

    Returns:
        N of them.
    """
    edge = one.shape[-1] // 4
    middle = slice(edge, one.shape[-1] - edge)
    a, b = one[..., middle, middle], other[..., middle, middle]
    dots, squares, others = ((x * y).sum((1, 2, 3)).tolist() for x, y in ((a, b), (a, a), (b, b)))
    norms = (float(x * y) ** 0.5 for x, y in zip(squares, others, strict=True))
    return [dot / norm if norm else 0.0 for dot, norm in zip(dots, norms, strict=True)]


@dataclass(frozen=True, slots=True)
class Glimpse:
    """How a target looked when it was surely seen; encoded no sooner than that is needed."""

    crops: Any  # (1, T, T, 3) pixels
    memory: Memory | None = None

    def encoded(self, encode: Callable[[Any], Memory]) -> Glimpse:
        """With its memory."""
        return self if self.memory is not None else replace(self, memory=encode(self.crops))


@dataclass(frozen=True, slots=True)
class Remembered:
    """Memories of one target. They are linear: correlation with a mean is the mean of correlations.

    The first sight always keeps its share, so that a tracker that has slipped off can come back.
    """

    first: Memory
    lately: Memory
    current: Memory  # what is matched
    age: int = 0  # confident frames since the last look
    glimpse: Glimpse | None = None  # for comparison; it is not matched
    since: int = 0  # frames since the glimpse was due
    alike: bool | None = None  # what the last comparison said, while the doubt goes on
    asked: int = 0  # frames since that

    @classmethod
    def start(cls, memory: Memory, since: int = 0) -> Remembered:
        """Only the first sight; `since` decides which frames give glimpses."""
        return cls(memory, memory, memory, since=since)

    def older(self) -> Remembered:
        """After one more confident frame."""
        return replace(self, age=self.age + 1)

    def refreshed(self, look: Memory, config: MemoryConfig) -> Remembered:
        """After another look at the target."""
        lately = self.lately + config.rate * (look - self.lately)
        current = self.first + config.share * (lately - self.first)
        return replace(self, lately=lately, current=current, age=0)
