"""How a network is used to follow a target: every number that is not a weight."""

from __future__ import annotations

from dataclasses import dataclass, field

from tracker.crop import Rule
from tracker.memory import MemoryConfig
from tracker.state import StateConfig


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
    state: StateConfig = field(default_factory=StateConfig)
    memory: MemoryConfig = field(default_factory=MemoryConfig)

    @property
    def grid(self) -> int:
        """Cells along a side of the network's maps, one for 16 pixels of the search input."""
        return self.search_size // 16
