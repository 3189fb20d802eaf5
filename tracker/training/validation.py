"""Track the clips that were held out, with the network as it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import chain
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
from tracker.training.annotations import CorpusError, clip_folders, read_clip, seen, sha256_of

# where no others are named; varied in what makes tracking hard: small, fast, turning, deforming,
# occluded, look-alikes
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


def held_out(root: Path, names: Collection[str]) -> list[Path]:
    """Folders of the clips that are held out from training.

    Args:
        root: the training folder, with sequences/NAME/{img, groundtruth.txt}.
        names: of the clips; none: those of `HELD_OUT` that are there.

    Raises:
        CorpusError: if one is not there, or there is none, or one shows too little of its target.
    """
    parent, folders = root / "sequences", clip_folders(root)
    if missing := sorted(set(names) - {folder.name for folder in folders}):
        raise CorpusError(f"--held-out {' '.join(missing)}: no such clip under {parent}")
    clips = [folder for folder in folders if folder.name in (names or HELD_OUT)]
    if not clips:
        raise CorpusError(
            f"weights are chosen on clips that are not learned from, and of the {len(folders)} "
            f"under {parent} none is usually held out: name some of them with --held-out"
        )
    for clip in clips:
        if len(seen(read_clip(clip)[1])) < 2:
            raise CorpusError(f"{clip} is held out, but shows its target in fewer than two frames")
    return clips


def digest(clips: Sequence[Path]) -> str:
    """The sha256 of all pictures of clips, and of all boxes.

    Raises:
        CorpusError: if a list of boxes cannot be read.
    """
    pictures, boxes = zip(*map(read_clip, clips), strict=True)
    return sha256_of(chain.from_iterable(pictures), boxes)


def validate(
    network: TrackingNetwork, clips: Sequence[Path], device: torch.device
) -> dict[str, float]:
    """Mean overlap (AO) and share of frames over 0.5 (SR50), averaged over clips.

    Args:
        network: in evaluation mode.
        clips: folders of those held out.
        device: where the network is.

    Raises:
        CorpusError: if a picture cannot be read.
    """
    runtime, config = EagerRuntime(network, device), tracking(network.config)
    overlaps = [_overlaps(SingleObjectTracker(runtime, config), clip) for clip in clips]
    ao = float(np.mean([o.mean() for o in overlaps]))
    return {"score": ao, "sr50": float(np.mean([(o > 0.5).mean() for o in overlaps]))}


def tracking(network: NetworkConfig) -> TrackingConfig:
    """How a network follows a target, its crops showing it as large as any other's."""
    usual = TrackingConfig(template_size=network.template_size, search_size=network.search_size)
    wider = network.search_size / network.template_size
    return replace(usual, search_context=usual.template_context * wider)


def others(root: Path, names: Collection[str]) -> list[str]:
    """The names of all clips but those that are held out."""
    return [folder.name for folder in clip_folders(root) if folder.name not in names]


def held_out_crops(clips: Sequence[Path], size: int) -> Tensor:
    """(N, size, size, 3) uint8 RGB search crops around the targets of clips."""
    crops = []
    for clip in clips:
        frames, truth = read_clip(clip)
        for i in seen(truth)[::5]:
            box = Box(*truth[i])
            square = Square.around(box.center, crop_side(box, 4.0, "context"), size)
            crops.append(torch.from_numpy(to_rgb(cut(_read(frames[i]), square), 1.0, "bgr")))
    return torch.stack(crops)


def _overlaps(tracker: SingleObjectTracker, clip: Path) -> np.ndarray:
    frames, truth = read_clip(clip)
    first, *later = seen(truth)
    tracker.init(_read(frames[first]), Box(*truth[first]))
    found = [tracker.update(_read(path)).box for path in frames[first + 1 :]]
    return np.array([iou(found[i - first - 1], Box(*truth[i])) for i in later])


def _read(path: Path) -> Frame:
    frame = cv2.imread(str(path))
    if frame is None:
        raise CorpusError(f"cannot read the picture {path}")
    return np.asarray(frame)
