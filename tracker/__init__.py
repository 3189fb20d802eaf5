"""Visual object tracking: frame -> crop -> network -> decode -> state -> box."""

from tracker.box import Box
from tracker.config import TrackingConfig
from tracker.errors import (
    BoxError,
    EngineError,
    FrameError,
    NotStartedError,
    TrackerError,
    UnknownTargetError,
    WeightsError,
)
from tracker.loading import load, load_many
from tracker.multi import MultiObjectTracker
from tracker.opencv import OpenCVTracker
from tracker.single import Estimate, SingleObjectTracker
from tracker.weights import Card, available

__all__ = [
    "Box",
    "BoxError",
    "Card",
    "EngineError",
    "Estimate",
    "FrameError",
    "MultiObjectTracker",
    "NotStartedError",
    "OpenCVTracker",
    "SingleObjectTracker",
    "TrackerError",
    "TrackingConfig",
    "UnknownTargetError",
    "WeightsError",
    "available",
    "load",
    "load_many",
]
