"""How a network is used to follow a target: every number that is not a weight."""

from __future__ import annotations

from dataclasses import dataclass, field

from tracker.crop import Rule
from tracker.memory import MemoryConfig
from tracker.state import StateConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class NearConfig:
    """When a target is looked for nearby alone: in a smaller search region, equally sharp.

    It takes less time, and of a target that is surely seen and hardly moves it shows enough.
    """

    size: int = 0  # pixels of the network's input for it; 0: never
    score: float = 0.9  # of the last frame, at the least
    step: float = 0.2  # of the last frame along either axis, at the most; in target sizes


@dataclass(frozen=True, slots=True, kw_only=True)
class WideConfig:
    """When a target that is hardly seen is looked for further away, in the same frame.

    It may have gone further than the search region shows: few frames a second, dropped ones, or a
    camera that was pushed. Twice as much is shown, half as sharply.
    """

    below: float = 0.0  # a score of the first look; 0: never
    enough: float = 0.6  # a score of the wide look from which it counts


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonConfig:
    """When a box in doubt is compared with earlier looks at the target: a look-alike, or not?

    The features of what it shows are compared, by their cosine, with the first sight and with the
    last glimpse of the target. That decides what is reported, and nothing else: boxes are the same
    without it.
    """

    trust: float = 0.0  # a score from which it is not needed; 0: nothing is compared
    first: float = 0.45  # similarity to the first sight that is enough
    glimpse: float = 0.5  # similarity to the last glimpse that is enough
    sure: float = 0.95  # a score from which a frame gives a glimpse
    every: int = 10  # frames between two glimpses; up to so many between the first two
    again: int = 3  # frames after which a doubt that goes on is looked into again

    def __post_init__(self) -> None:
        """Raise ValueError if glimpses would come more often than frames."""
        if self.every < 1:
            raise ValueError(f"comparison.every is at least 1, got {self.every}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingConfig:
    """How a network is used to follow a target."""

    template_size: int = 128  # pixels of the network's template input
    search_size: int = 256  # pixels of its search input
    template_context: float = 2.0  # crop side, in target sizes
    search_context: float = 4.0
    crop_rule: Rule = "context"
    lead: float = 0.5  # share of its last step that a target is expected to go on by
    influence: float = 0.45  # of the window that prefers the middle, in [0, 1]
    penalty: float = 0.14  # on changes of size and aspect
    second_look: float = 0.0  # target sizes off the crop's middle that call for one; 0: never
    fit: float = 0.0  # how far boxes go from the network's habit to the mark's, in [0, 1]
    near: NearConfig = field(default_factory=NearConfig)
    wide: WideConfig = field(default_factory=WideConfig)
    comparison: ComparisonConfig = field(default_factory=ComparisonConfig)
    state: StateConfig = field(default_factory=StateConfig)
    memory: MemoryConfig = field(default_factory=MemoryConfig)

    def __post_init__(self) -> None:
        """Raise ValueError if crops show nothing, or the smaller search region is not smaller."""
        if min(self.template_context, self.search_context) <= 0:
            raise ValueError(
                "template_context and search_context are positive, got "
                f"{self.template_context} and {self.search_context}"
            )
        near = self.near.size
        if near % 16 or not 0 <= near < self.search_size:
            raise ValueError(
                f"near.size is a multiple of 16 below {self.search_size}, or 0; got {near}"
            )
