"""Errors a caller may want to catch. Programming mistakes stay ValueError or TypeError."""


class BackboneError(Exception):
    """Base class of every error that the backbones raise on purpose."""


class CheckpointError(BackboneError):
    """A weight file is missing, damaged, unsafe to open, or belongs to another network."""
