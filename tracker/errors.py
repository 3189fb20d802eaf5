"""Errors a caller may want to catch. Programming mistakes stay ValueError or TypeError."""


class TrackerError(Exception):
    """Base class of every error raised on purpose by the packages tracker, eval and apps."""


class FrameError(TrackerError, ValueError):
    """A frame is not an image that can be tracked on."""


class BoxError(TrackerError, ValueError):
    """A box cannot be used: not four finite numbers, no area, or outside the frame."""


class BlankTargetError(BoxError):
    """Nothing but one colour is to be seen where a target is marked."""


class WeightsError(TrackerError):
    """A weight file is missing, damaged, or belongs to another network."""


class EngineError(TrackerError):
    """The inference engine asked for is not installed, has no usable device, or failed."""


class NotStartedError(TrackerError):
    """`update` was called before `init`."""


class UnknownTargetError(TrackerError, LookupError):
    """There is no target of this id: it was never added, or it was removed."""
