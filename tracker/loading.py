"""A model's name -> a tracker that is ready to start."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar, get_args

from tracker import weights
from tracker.config import NearConfig
from tracker.frame import Colour
from tracker.multi import MultiObjectTracker
from tracker.runtime import BatchRuntime, Runtime
from tracker.runtime.engines import Engine, Place, make
from tracker.runtime.graphs import Precision
from tracker.single import SingleObjectTracker
from tracker.weights import Card

_Tracker = TypeVar("_Tracker", SingleObjectTracker, MultiObjectTracker)


@dataclass(frozen=True, slots=True)
class Model:
    """A network that is ready to run, and what its card says of it."""

    card: Card
    runtime: Runtime
    engine: str  # what "auto" picked, where that was asked for

    def tracker(self, *, colour: Colour = "bgr") -> SingleObjectTracker:
        """Make a tracker; all that are made share this network, and take turns with it.

        Args:
            colour: order of the colours in the frames that will be given.

        Raises:
            ValueError: if there is no such order.
        """
        return self._made(SingleObjectTracker, colour)

    def many(self, *, colour: Colour = "bgr") -> MultiObjectTracker:
        """Make a tracker of any number of targets; see `tracker`."""
        if isinstance(self.runtime, BatchRuntime):
            self.runtime.prepare_many()
        return self._made(MultiObjectTracker, colour)

    def _made(self, kind: type[_Tracker], colour: Colour) -> _Tracker:
        return kind(
            self.runtime,
            self.card.tracking,
            colour=_known(colour),
            card=self.card,
            engine=self.engine,
        )


def open_model(
    model: str | Path,
    *,
    engine: Engine = "onnx",
    device: str = "cpu",
    threads: int | None = None,
    precision: Precision | None = None,
    full_search: bool = False,
) -> Model:
    """Find a model, check its files, and start its engine.

    Args:
        model: name of a packaged model (`available()` lists them), or a folder with a card.
        engine: what runs the network.
        device: see `load`.
        threads: CPU threads of the engine; None leaves it to the engine.
        precision: None for the engine's usual one.
        full_search: look for calm targets in the large search region, too.

    Raises:
        WeightsError: if there is no such model, or its files are damaged.
        EngineError: if the engine is not installed, has no such device, or the model has no graph
            of this precision.
        ValueError: if `threads` is not positive.
    """
    if threads is not None and threads < 1:
        raise ValueError(f"threads is at least 1, or None for all cores; got {threads}")
    folder = weights.find(model)
    card = weights.read(folder)
    if full_search:
        card = replace(card, tracking=replace(card.tracking, near=NearConfig()))
    place = Place(device, threads)
    if engine == "auto":
        from tracker.runtime.auto import choose  # noqa: PLC0415  # seldom needed

        chosen = choose(folder, card, place, precision).engine
    else:
        chosen = engine
    return Model(card, make(chosen, folder, card, place, precision), chosen)


def load(
    model: str | Path = "b0",
    *,
    engine: Engine = "onnx",
    device: str = "cpu",
    threads: int | None = None,
    colour: Colour = "bgr",
    precision: Precision | None = None,
    full_search: bool = False,
) -> SingleObjectTracker:
    """Load a model and make a tracker of it.

    Args:
        model: name of a packaged model (`available()` lists them), or a folder with a card.
        engine: what runs the network: "onnx" (needs nothing more), "openvino", "tensorrt", "eager",
            "compiled"; or "auto", which measures once which is the fastest here.
        device: "cpu", "cuda", or "cuda:1" for the second GPU of NVIDIA's; "gpu" or "gpu.1" for
            OpenVINO's.
        threads: CPU threads of the engine; None leaves it to the engine, which takes all cores.
        colour: order of the colours in the frames that will be given.
        precision: "fp32", "fp16", "bf16" or "int8"; None for the engine's usual one. The packaged
            models have "fp32", "bf16" and "int8" for OpenVINO, and "fp16" for "compiled" on NVIDIA
            GPUs; what `lowtrack export` wrote has more.
        full_search: look for a target in the large search region even when it is surely seen and
            hardly moves, where a smaller one has little more than half the pixels.

    Raises:
        WeightsError: if there is no such model, or its files are damaged.
        EngineError: if the engine is not installed, has no such device, or the model has no graph
            of this precision.
        ValueError: if `colour` or `threads` is none of its choices.
    """
    _known(colour)  # before the network is loaded
    opened = open_model(
        model,
        engine=engine,
        device=device,
        threads=threads,
        precision=precision,
        full_search=full_search,
    )
    return opened.tracker(colour=colour)


def load_many(
    model: str | Path = "b0",
    *,
    engine: Engine = "onnx",
    device: str = "cpu",
    threads: int | None = None,
    colour: Colour = "bgr",
    precision: Precision | None = None,
    full_search: bool = False,
) -> MultiObjectTracker:
    """Load a model and make a tracker of any number of targets of it.

    Arguments and errors are those of `load`.
    """
    _known(colour)  # before the network is loaded
    opened = open_model(
        model,
        engine=engine,
        device=device,
        threads=threads,
        precision=precision,
        full_search=full_search,
    )
    return opened.many(colour=colour)


def _known(colour: Colour) -> Colour:
    if colour not in get_args(Colour):
        raise ValueError(f"colour is 'bgr' or 'rgb', got {colour!r}")
    return colour
