"""Networks of timm (pytorch-image-models, Apache-2.0), where it is installed; random weights."""

from __future__ import annotations

from typing import Any, Literal

from torch import Tensor, nn

from apps.command import CommandError
from backbones import count_macs

Part = Literal["backbone", "classifier"]


def open_network(name: str, part: Part, image: Tensor) -> nn.Module:
    """Build a network of timm; nothing is downloaded.

    Args:
        name: as timm has it.
        part: "backbone": what gives a map of every stage; "classifier": all of it.
        image: (1, 3, H, W), which it must be able to take.

    Raises:
        CommandError: if timm is missing, has no such network, or it gives no maps of stages, or
            does not take such an image.
    """
    timm = _timm()
    if not timm.is_model(name):
        raise CommandError(f"timm {timm.__version__} has no network {name!r}")
    settings = {"features_only": True} if part == "backbone" else {}
    try:
        network: nn.Module = timm.create_model(name, pretrained=False, **settings)
    except (RuntimeError, AttributeError) as error:  # what it raises where there are no maps
        raise CommandError(
            f"{name} of timm gives no maps of its stages ({error}): --part classifier measures it"
        ) from error
    try:
        count_macs(network.eval(), image)
    except (RuntimeError, AssertionError) as error:
        height, width = image.shape[-2:]
        raise CommandError(f"{name} of timm takes no {width}x{height}: {error}") from error
    return network


def timm_version() -> str:
    """The version that is installed.

    Raises:
        CommandError: if there is none.
    """
    return str(_timm().__version__)


def _timm() -> Any:
    try:
        import timm
    except ModuleNotFoundError as error:
        raise CommandError(
            f"--peers needs {error.name}, which is not installed: pip install timm"
        ) from error
    except (ImportError, RuntimeError) as error:  # a torchvision made for another torch
        raise CommandError(f"--peers needs timm, which cannot be used here: {error}") from error
    return timm
