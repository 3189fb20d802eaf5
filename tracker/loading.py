"""A model's name -> a tracker that is ready to start."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from tracker import weights
from tracker.frame import Colour
from tracker.runtime.engines import Engine, make
from tracker.single import SingleObjectTracker


def load(
    model: str | Path = "b0",
    *,
    engine: Engine = "onnx",
    device: str = "cpu",
    threads: int | None = None,
    colour: Colour = "bgr",
) -> SingleObjectTracker:
    """Load a model and make a tracker of it.

    Args:
        model: name of a packaged model (`available()` lists them), or a folder with a card.
        engine: what runs the network. "onnx" needs ONNX Runtime only, "eager" needs torch.
        device: "cpu" or "cuda".
        threads: CPU threads of the engine; None leaves it to the engine, which takes all cores.
        colour: order of the colours in the frames that will be given.

    Raises:
        WeightsError: if there is no such model, or its files are damaged.
        EngineError: if the engine is not installed, or has no such device.
        ValueError: if `colour` or `threads` is none of its choices.
    """
    if colour not in get_args(Colour):
        raise ValueError(f"colour is 'bgr' or 'rgb', got {colour!r}")
    if threads is not None and threads < 1:
        raise ValueError(f"threads is at least 1, or None for all cores; got {threads}")
    folder = weights.find(model)
    card = weights.read(folder)
    runtime = make(engine, folder, card, device=device, threads=threads)
    return SingleObjectTracker(runtime, card.tracking, colour=colour, card=card)
