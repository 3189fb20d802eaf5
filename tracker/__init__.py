"""Visual object tracking: frame -> crop -> network -> decode -> state -> box."""

from tracker.box import Box
from tracker.config import TrackingConfig
from tracker.errors import (
    BoxError,
    EngineError,
    FrameError,
    NotStartedError,
    TrackerError,
    WeightsError,
)
from tracker.loading import load
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
    "NotStartedError",
    "OpenCVTracker",
    "SingleObjectTracker",
    "TrackerError",
    "TrackingConfig",
    "WeightsError",
    "available",
    "load",
]
