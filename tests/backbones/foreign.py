"""Checkpoints as others make them, and what our command line says about them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from backbones import VARIANTS, Classifier
from backbones.convert import main
from backbones.names import DIALECTS, classifier_names

Entries = dict[str, Tensor]


def meta(variant: str) -> Classifier:
    with torch.device("meta"):
        return Classifier(VARIANTS[variant])


def small(variant: str = "b0", dialect: str = "the authors") -> Entries:
    """Entries of the right shapes, each a single number seen many times."""
    network = meta(variant)
    names = classifier_names(network, DIALECTS[dialect])
    return {
        names[ours]: torch.ones((), dtype=value.dtype).expand(value.shape)
        for ours, value in network.state_dict().items()
    }


def saved(content: object, path: Path) -> Path:
    torch.save(content, path)
    return path


def refused(source: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line the command line says; nothing is written."""
    target = source.parent / "converted" / "b0.safetensors"
    target.parent.mkdir()
    assert main([str(source), str(target)]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert not list(target.parent.iterdir())
    return err
