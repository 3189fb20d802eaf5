"""Track the clips that were held out, with the network as it is."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from tracker.box import Box, iou
from tracker.config import TrackingConfig
from tracker.crop import Square, crop_side, cut
from tracker.frame import Frame, to_rgb
from tracker.model.network import TrackingNetwork
from tracker.runtime.eager import EagerRuntime
from tracker.single import SingleObjectTracker
from tracker.training.corpus import CorpusError

# varied in what makes tracking hard: small, fast, turning, deforming, occluded, look-alikes
HELD_OUT = frozenset(
    {
        "DAVIS_bmx-bumps",
        "DAVIS_dance-twirl",
        "DAVIS_horsejump-high",
        "DAVIS_parkour",
        "DAVIS_scooter-gray",
        "DAVIS_soapbox",
        "GOT10k_football",
        "OTB_Dudek_half",
        "UAV_car16_2",
        "UAV_group1_1",
        "UAV_person9",
        "UAV_wakeboard5",
    }
)


def validate(network: TrackingNetwork, root: Path, device: torch.device) -> dict[str, float]:
    """Mean overlap (AO) and share of frames over 0.5 (SR50), averaged over the held-out clips.

    Args:
        network: in evaluation mode.
        root: the training folder, with sequences/NAME/{img, groundtruth.txt}.
        device: where the network is.

    Raises:
        CorpusError: if no held-out clip is there.
    """
    clips = _clips(root)
    runtime = EagerRuntime(network, device)
    overlaps = [_overlaps(SingleObjectTracker(runtime, TrackingConfig()), clip) for clip in clips]
    ao = float(np.mean([o.mean() for o in overlaps]))
    return {"score": ao, "sr50": float(np.mean([(o > 0.5).mean() for o in overlaps]))}


def held_out_crops(root: Path, size: int) -> Tensor:
    """(N, size, size, 3) uint8 RGB search crops around the targets of the held-out clips."""
    crops = []
    for clip in _clips(root):
        truth = np.genfromtxt(clip / "groundtruth.txt", delimiter=",")
        for path, row in list(zip(sorted((clip / "img").glob("*.jpg")), truth, strict=True))[::5]:
            if np.isfinite(row).all() and (row[2:] > 0).all():
                box = Box(*row)
                square = Square.around(box.center, crop_side(box, 4.0, "context"), size)
                crops.append(torch.from_numpy(to_rgb(cut(_read(path), square), 1.0, "bgr")))
    return torch.stack(crops)


def _clips(root: Path) -> list[Path]:
    clips = [folder for name in sorted(HELD_OUT) if (folder := root / "sequences" / name).is_dir()]
    if not clips:
        raise CorpusError(f"none of the held-out clips is under {root / 'sequences'}")
    return clips


def _overlaps(tracker: SingleObjectTracker, clip: Path) -> np.ndarray:
    truth = np.genfromtxt(clip / "groundtruth.txt", delimiter=",")
    frames = sorted((clip / "img").glob("*.jpg"))
    tracker.init(_read(frames[0]), Box(*truth[0]))
    found = [tracker.update(_read(path)).box for path in frames[1:]]
    return np.array(
        [
            iou(box, Box(*row))
            for box, row in zip(found, truth[1:], strict=True)
            if np.isfinite(row).all() and (row[2:] > 0).all()
        ]
    )


def _read(path: Path) -> Frame:
    frame = cv2.imread(str(path))
    if frame is None:
        raise CorpusError(f"cannot read the picture {path}")
    return np.asarray(frame)
