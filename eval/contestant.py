"""Who is measured: anything with `init` and `update`, found by a short name."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

import tracker
from eval.errors import ContestantError
from eval.peers import PEERS, open_peer

Image = NDArray[np.uint8]
Xywh = tuple[float, float, float, float]

_FULL = "+full"
_ENGINE = "onnx"
_LABEL = re.compile(r"[\w.+@-]+")


class PlacedBox(Protocol):
    """A box in pixels; `tracker.Box` is one."""

    @property
    def x(self) -> float: ...  # noqa: D102
    @property
    def y(self) -> float: ...  # noqa: D102
    @property
    def w(self) -> float: ...  # noqa: D102
    @property
    def h(self) -> float: ...  # noqa: D102


class Finding(Protocol):
    """What a contestant says of one frame; `tracker.Estimate` is one."""

    @property
    def box(self) -> PlacedBox: ...  # noqa: D102
    @property
    def score(self) -> float: ...  # noqa: D102


class Contestant(Protocol):
    """A tracker of one target, whoever made it."""

    def init(self, frame: Image, box: Xywh, /) -> object:
        """Start on `frame` (H, W, 3) BGR with the target's box, xywh in 0-based pixels."""
        ...

    def update(self, frame: Image, /) -> Finding:
        """Find the target in the next frame."""
        ...


@dataclass(frozen=True)
class Entry:
    """A contestant as the user named it; small enough to be sent to another process.

    Attributes:
        label: the name in tables and of the folder with its results.
        source: a packaged model, a folder of weights, a peer, or MODULE:FACTORY.
        engine: engine of a model of this project.
        precision: of that engine; None for its usual one.
        full_search: whether it looks for calm targets in the large search region, too.
        device: device of a model of this project.
        peer_weights: folder with the ONNX files of peers that need some.
    """

    label: str
    source: str
    engine: str = _ENGINE
    device: str = "cpu"
    peer_weights: Path | None = None
    precision: str | None = None
    full_search: bool = False

    def __post_init__(self) -> None:
        """Refuse what a foreign tracker cannot do."""
        if not is_foreign(self.source):
            return
        if self.full_search:
            raise ContestantError(f"{self.source} has no full search: only models of LowTrack do")
        if self.engine != _ENGINE or self.precision is not None:
            raise _no_engine(self.source)


def parse(text: str, *, device: str = "cpu", peer_weights: Path | None = None) -> Entry:
    """Read `[LABEL=]SOURCE[+full][@ENGINE[-PRECISION]]`.

    Raises:
        ContestantError: there is no source, it has no full search or no engines, or the label would
            not do as the name of a folder.
    """
    label, equals, rest = text.partition("=")
    source, at, engine = (rest if equals else text).partition("@")
    if not equals:
        label = (Path(source).name if is_folder(source) else source.replace(":", ".")) + at + engine
    full = source.endswith(_FULL)
    source = source.removesuffix(_FULL)
    if not source or not _LABEL.fullmatch(label) or set(label) == {"."}:
        raise ContestantError(
            f"{text!r} does not name a tracker; write SOURCE, SOURCE+full, SOURCE@ENGINE, "
            "SOURCE@ENGINE-PRECISION or LABEL=SOURCE, the label of letters, digits and _.+@-"
        )
    if at and is_foreign(source):
        raise _no_engine(source)
    engine, _, precision = engine.partition("-")
    return Entry(label, source, engine or _ENGINE, device, peer_weights, precision or None, full)


def is_foreign(source: str) -> bool:
    """Tell whether a source is a tracker that is none of this project's."""
    return source in PEERS or is_factory(source)


def _no_engine(source: str) -> ContestantError:
    return ContestantError(f"{source} has no choice of engine: only models of LowTrack do")


def is_folder(source: str) -> bool:
    """Tell whether a source is meant as a folder of weights and not as a name."""
    return "/" in source or "\\" in source or Path(source).is_dir()


def is_factory(source: str) -> bool:
    """Tell whether a source is MODULE:FACTORY, a callable that makes a contestant."""
    return ":" in source and not is_folder(source)


def find_factory(source: str) -> Callable[[], Contestant]:
    """Find the callable that MODULE:FACTORY names.

    Raises:
        ContestantError: the module cannot be imported or has no such name.
    """
    module_name, _, name = source.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise ContestantError(f"cannot import {module_name!r} of {source!r}: {error}") from error
    if name not in vars(module):
        raise ContestantError(f"module {module_name!r} has no {name!r} to make a tracker with")
    factory: Callable[[], Contestant] = vars(module)[name]
    return factory


def build(entry: Entry, threads: int | None = None) -> Contestant:
    """Make the contestant that an entry names, to use at most `threads` threads.

    Raises:
        TrackerError: there is none of that name, or it cannot run here.
    """
    if entry.source in PEERS:
        return open_peer(entry.source, entry.peer_weights)
    if is_factory(entry.source):
        return find_factory(entry.source)()
    made: Contestant = tracker.load(
        entry.source,
        engine=entry.engine,  # type: ignore[arg-type]  # any text: load names the engines it has
        device=entry.device,
        threads=threads,
        precision=entry.precision,  # type: ignore[arg-type]  # likewise
        full_search=entry.full_search,
    )
    return made
