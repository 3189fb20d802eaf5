"""Training pictures, all in memory on one device, and the boxes known in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from tracker.training.annotations import (
    CorpusError,
    Floats,
    clip_folders,
    read_clip,
    read_stills,
    seen,
    sha256_of,
)


@dataclass(frozen=True, slots=True)
class Track:
    """One target: the pictures it is in, in order of time, and its boxes.

    A still picture is a track of length one; without a known box it has no boxes and any region
    of it may serve as a target.
    """

    name: str
    images: tuple[int, ...]  # indices into Corpus.images
    boxes_xywh: Floats  # (len(images), 4), pixels; (0, 4) where none is known


@dataclass(frozen=True, slots=True)
class Corpus:
    """Pictures on canvases of one size, padded with their own mean colour."""

    images: Tensor  # (M, 3, H, W) uint8, RGB
    means: Tensor  # (M, 3) float32, mean colours in 0-255
    sizes_wh: Floats  # (M, 2), of the pictures without padding, pixels
    clips: tuple[Track, ...]
    stills: tuple[Track, ...]  # with a known box
    plain: tuple[Track, ...]  # without
    sha256: str  # of all pictures' files and all boxes


def load(root: Path, *, without: frozenset[str], device: torch.device) -> Corpus:
    """Read `root`/sequences/NAME and `root`/stills, leaving out the clips named in `without`.

    Raises:
        CorpusError: if there are not two clips or photographs to learn from, or a listed file
            cannot be read.
    """
    paths: list[Path] = []
    read = [_clip(folder, paths) for folder in clip_folders(root) if folder.name not in without]
    clips = [clip for clip in read if len(clip.images) > 1]
    stills, plain = _stills(root, paths)
    if not (clips or stills or plain):
        raise CorpusError(
            f"no training pictures under {root}: expected clips in sequences/ beside those held "
            f"out, or photographs in stills/ with their list, stills.json"
        )
    if len(clips) + len({still.images for still in [*stills, *plain]}) < 2:
        raise CorpusError(
            f"{(clips + stills + plain)[0].name} is all that there is to learn from under {root}: "
            f"that a target is gone is learned from what another clip or photograph shows, so two "
            f"are needed beside the clips held out"
        )
    images, means, sizes = _read(paths)
    return Corpus(
        images.to(device),
        means.to(device),
        sizes,
        tuple(clips),
        tuple(stills),
        tuple(plain),
        sha256_of(paths, [track.boxes_xywh for track in [*read, *stills, *plain]]),
    )


def _clip(folder: Path, paths: list[Path]) -> Track:
    frames, truth = read_clip(folder)
    rows = seen(truth)
    first = len(paths)
    paths += [frames[i] for i in rows]
    return Track(folder.name, tuple(range(first, len(paths))), truth[rows])


def _stills(root: Path, paths: list[Path]) -> tuple[list[Track], list[Track]]:
    listing = root / "stills.json"
    if not listing.is_file():
        return [], []
    known, plain = [], []
    for name, boxes in read_stills(listing):
        path = root / "stills" / name
        if not path.is_file():
            continue  # the listing may name more pictures than were unpacked
        index = (len(paths),)
        paths.append(path)
        usable = boxes[seen(boxes, least=12)]
        for box in usable:
            known.append(Track(name, index, box[None]))
        if not len(usable):
            plain.append(Track(name, index, np.empty((0, 4))))
    return known, plain


def _read(paths: list[Path]) -> tuple[Tensor, Tensor, Floats]:
    pictures = []
    for path in paths:
        bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if bgr is None:
            raise CorpusError(f"cannot read the picture {path}")
        pictures.append(np.ascontiguousarray(bgr[..., ::-1]))
    sizes = np.array([(p.shape[1], p.shape[0]) for p in pictures], dtype=np.float64)
    width, height = sizes.max(0).astype(int)
    canvas = torch.empty((len(paths), 3, height, width), dtype=torch.uint8)
    means = torch.empty((len(paths), 3))
    for i, picture in enumerate(pictures):
        pixels = torch.from_numpy(picture).permute(2, 0, 1)
        means[i] = pixels.float().mean((1, 2))
        canvas[i] = means[i].round().byte()[:, None, None]
        canvas[i, :, : pixels.shape[1], : pixels.shape[2]] = pixels
    return canvas, means, sizes
