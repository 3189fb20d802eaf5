"""Visual object tracking: frame -> crop -> network -> decode -> state -> box."""

from tracker.box import Box
from tracker.config import TrackingConfig
from tracker.errors import (
    BlankTargetError,
    BoxError,
    EngineError,
    FrameError,
    NotStartedError,
    TrackerError,
    UnknownTargetError,
    WeightsError,
)
from tracker.loading import Model, load, load_many, open_model
from tracker.multi import MultiObjectTracker
from tracker.opencv import OpenCVTracker
from tracker.single import Estimate, SingleObjectTracker
from tracker.weights import Card, available

__all__ = [
    "BlankTargetError",
    "Box",
    "BoxError",
    "Card",
    "EngineError",
    "Estimate",
    "FrameError",
    "Model",
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
    "open_model",
]
