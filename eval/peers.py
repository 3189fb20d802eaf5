"""OpenCV's trackers by name, with the manners of this project's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from eval.errors import ContestantError
from tracker import Box

Image = NDArray[np.uint8]

_CV2: Any = cv2  # its type stubs know only the trackers of the build they came with


@dataclass(frozen=True)
class PeerKind:
    """How one of OpenCV's trackers is made.

    Attributes:
        make: weight files -> a fresh `cv2.Tracker`; AttributeError where the build has none.
        package: what to install to have it.
        weights: names of the files it needs.
        scored: whether it tells how sure it is.
    """

    make: Callable[[list[Path]], Any]
    package: str = "opencv-contrib-python"
    weights: tuple[str, ...] = ()
    scored: bool = False


def _nano(files: list[Path]) -> Any:  # cv2 has no types
    """Make a NanoTrack from its backbone and head."""
    params = _CV2.TrackerNano_Params()
    params.backbone, params.neckhead = map(str, files)
    return _CV2.TrackerNano_create(params)


def _vit(files: list[Path]) -> Any:
    """Make a VitTrack from its one network."""
    params = _CV2.TrackerVit_Params()
    params.net = str(files[0])
    return _CV2.TrackerVit_create(params)


PEERS: Mapping[str, PeerKind] = MappingProxyType(
    {
        "csrt": PeerKind(lambda _: _CV2.TrackerCSRT_create()),
        "kcf": PeerKind(lambda _: _CV2.TrackerKCF_create()),
        "mosse": PeerKind(
            lambda _: _CV2.legacy.upgradeTrackingAPI(_CV2.legacy.TrackerMOSSE_create())
        ),
        "mil": PeerKind(lambda _: _CV2.TrackerMIL_create(), "opencv-python"),
        "nanotrack-v1": PeerKind(
            _nano,
            "opencv-python",
            ("nanotrack_v1_backbone.onnx", "nanotrack_v1_head.onnx"),
            scored=True,
        ),
        "nanotrack-v2": PeerKind(
            _nano,
            "opencv-python",
            ("nanotrack_v2_backbone.onnx", "nanotrack_v2_head.onnx"),
            scored=True,
        ),
        "vit": PeerKind(_vit, "opencv-python", ("vittrack.onnx",), scored=True),
    }
)


def weights_of(name: str, folder: Path | None) -> list[Path]:
    """List the weight files of a peer.

    Raises:
        ContestantError: it needs some, and the folder is not given or lacks one.
    """
    needed = PEERS[name].weights
    if needed and folder is None:
        raise ContestantError(
            f"{name} needs --peer-weights DIR, a folder with {' and '.join(needed)}"
        )
    files = [(folder or Path()) / file for file in needed]
    for file in files:
        if not file.is_file():
            raise ContestantError(f"{name} needs {file}, there is no such file")
    return files


def open_peer(name: str, folder: Path | None = None) -> OpenCvPeer:
    """Make a peer by its name in `PEERS`.

    Raises:
        ContestantError: weights are missing, or this build of OpenCV lacks the tracker.
    """
    kind, files = PEERS[name], weights_of(name, folder)
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)  # 5.0 warns at every start
    try:
        kind.make(files)
    except AttributeError as error:
        raise ContestantError(
            f"this OpenCV ({cv2.__version__}) has no {name}; {kind.package} has it "
            "(uninstall any other opencv package first, they share one folder)"
        ) from error
    except cv2.error as error:
        raise ContestantError(f"OpenCV cannot make {name}: {str(error).strip()}") from error
    return OpenCvPeer(lambda: kind.make(files), scored=kind.scored)


@dataclass(frozen=True)
class PeerFinding:
    """A peer's box, and its confidence in [0, 1]; 1 or 0 where it only says yes or no."""

    box: Box
    score: float


class OpenCvPeer:
    """One of OpenCV's trackers; where it finds nothing, the last box stays.

    MIL draws samples at random, with a seed that cannot be set: its boxes differ from run to run.
    """

    def __init__(self, make: Callable[[], Any], *, scored: bool) -> None:
        self._make = make
        self._scored = scored
        self._peer: Any = None
        self._box = Box(0, 0, 1, 1)

    def init(self, frame: Image, box: tuple[float, float, float, float], /) -> None:
        """Start on a frame; OpenCV takes whole pixels only."""
        self._peer = self._make()
        self._box = Box(*box)
        x, y, w, h = box
        self._peer.init(frame, (round(x), round(y), max(round(w), 1), max(round(h), 1)))

    def update(self, frame: Image, /) -> PeerFinding:
        """Find the target in the next frame."""
        found, (x, y, w, h) = self._peer.update(frame)
        usable = bool(found) and w > 0 and h > 0
        if usable:
            self._box = Box(float(x), float(y), float(w), float(h))
        score = float(self._peer.getTrackingScore()) if self._scored else float(usable)
        return PeerFinding(self._box, min(max(score, 0.0), 1.0))
