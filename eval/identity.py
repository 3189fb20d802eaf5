"""What decides a contestant's boxes, so that two different ones are never mixed in one result."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import cv2

import tracker
from eval.contestant import Entry, find_factory, is_factory
from eval.peers import PEERS, open_peer, weights_of
from tracker.loading import open_model


def identity(entry: Entry, threads: int | None = None) -> Mapping[str, str]:
    """Say what decides an entry's boxes: its weights, code and configuration, no local paths.

    Args:
        entry: who is measured.
        threads: of the engine; what "auto" picks depends on them.

    Raises:
        TrackerError: the contestant cannot be made here.
    """
    if entry.source in PEERS:
        return _of_peer(entry)
    if is_factory(entry.source):
        return _of_factory(entry)
    return _of_model(entry, threads)


def _of_peer(entry: Entry) -> Mapping[str, str]:
    """OpenCV's code is known by its version, the weights by their contents."""
    open_peer(entry.source, entry.peer_weights)
    files = weights_of(entry.source, entry.peer_weights)
    facts = {"label": entry.label, "source": entry.source, "opencv": cv2.__version__}
    return facts | {"weights_sha256": digest_of(files)} if files else facts


def _of_factory(entry: Entry) -> Mapping[str, str]:
    """Of a foreign tracker only the module that makes it is known."""
    find_factory(entry.source)
    file = importlib.import_module(entry.source.partition(":")[0]).__file__
    code = digest_of([Path(file)]) if file else "built in"
    return {"label": entry.label, "source": entry.source, "code_sha256": code}


def _of_model(entry: Entry, threads: int | None) -> Mapping[str, str]:
    """A model is its weights, its engine, and the code that runs it."""
    model = open_model(
        entry.source,
        engine=entry.engine,  # type: ignore[arg-type]  # any text: load names the engines it has
        device=entry.device,
        threads=threads,
        precision=entry.precision,  # type: ignore[arg-type]  # likewise
        full_search=entry.full_search,
    )
    card = model.card
    return {
        "label": entry.label,
        "source": card.name,
        "engine": model.engine,  # what "auto" picked
        "precision": entry.precision or "usual",
        "device": entry.device,
        "weights_sha256": card.sha256,
        "tracking_sha256": hashlib.sha256(repr(card.tracking).encode()).hexdigest(),
        "code_sha256": digest_of_code(Path(tracker.__file__).parents[1]),
    }


def digest_of_code(root: Path) -> str:
    """Hash what runs a model: `backbones` and `tracker` in the folder `root`, training left out."""
    patterns = ("backbones/**/*.py", "tracker/**/*.py", "tracker/**/*.ptx")
    found = [file for pattern in patterns for file in root.glob(pattern)]
    names = sorted(file.relative_to(root).as_posix() for file in found)
    return digest_of(root / name for name in names if not name.startswith("tracker/training/"))


def digest_of(files: Iterable[Path]) -> str:
    """Hash the contents of files, in order, as one sha256 in hexadecimal."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
