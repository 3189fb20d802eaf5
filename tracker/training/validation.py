"""Track the clips that were held out, with the network as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from tracker.box import Box, iou
from tracker.config import TrackingConfig
from tracker.crop import Square, crop_side, cut
from tracker.frame import Frame, to_rgb
from tracker.model.network import NetworkConfig, TrackingNetwork
from tracker.runtime.eager import EagerRuntime
from tracker.single import SingleObjectTracker
from tracker.training.corpus import CorpusError, read_clip

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
    runtime, config = EagerRuntime(network, device), tracking(network.config)
    overlaps = [_overlaps(SingleObjectTracker(runtime, config), clip) for clip in held_out(root)]
    ao = float(np.mean([o.mean() for o in overlaps]))
    return {"score": ao, "sr50": float(np.mean([(o > 0.5).mean() for o in overlaps]))}


def tracking(network: NetworkConfig) -> TrackingConfig:
    """How a network follows a target, its crops showing it as large as any other's."""
    usual = TrackingConfig(template_size=network.template_size, search_size=network.search_size)
    wider = network.search_size / network.template_size
    return replace(usual, search_context=usual.template_context * wider)


def held_out_crops(root: Path, size: int) -> Tensor:
    """(N, size, size, 3) uint8 RGB search crops around the targets of the held-out clips."""
    crops = []
    for clip in held_out(root):
        frames, truth = read_clip(clip)
        for path, row in zip(frames[::5], truth[::5], strict=True):
            if np.isfinite(row).all() and (row[2:] > 0).all():
                box = Box(*row)
                square = Square.around(box.center, crop_side(box, 4.0, "context"), size)
                crops.append(torch.from_numpy(to_rgb(cut(_read(path), square), 1.0, "bgr")))
    return torch.stack(crops)


def held_out(root: Path) -> list[Path]:
    """Folders of the held-out clips that are under `root`.

    Raises:
        CorpusError: if there is none.
    """
    clips = [folder for name in sorted(HELD_OUT) if (folder := root / "sequences" / name).is_dir()]
    if not clips:
        raise CorpusError(f"none of the held-out clips is under {root / 'sequences'}")
    return clips


def _overlaps(tracker: SingleObjectTracker, clip: Path) -> np.ndarray:
    frames, truth = read_clip(clip)
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
