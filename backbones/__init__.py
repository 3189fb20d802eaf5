"""LowFormer backbones. Knows torch and nothing else, and imports it only when asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from backbones.errors import BackboneError, CheckpointError

if TYPE_CHECKING:
    from backbones.classifier import Classification, Classifier, Retrieval
    from backbones.lowformer import VARIANTS, LowFormer, LowFormerConfig
    from backbones.macs import count_macs
    from backbones.weights import load_classifier

__all__ = [
    "VARIANTS",
    "BackboneError",
    "CheckpointError",
    "Classification",
    "Classifier",
    "LowFormer",
    "LowFormerConfig",
    "Retrieval",
    "count_macs",
    "load_classifier",
]

_HOMES = (
    ("backbones.classifier", ("Classification", "Classifier", "Retrieval")),
    ("backbones.lowformer", ("VARIANTS", "LowFormer", "LowFormerConfig")),
    ("backbones.macs", ("count_macs",)),
    ("backbones.weights", ("load_classifier",)),
)


def __getattr__(name: str) -> object:
    """Import a public name where it lives: catching an error must not cost an import of torch."""
    for home, names in _HOMES:
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
