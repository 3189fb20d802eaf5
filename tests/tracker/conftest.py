"""A small folder of training data."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from tests.tracker.pictures import write_clip
from tracker.training import corpus
from tracker.training.corpus import Corpus


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("train")
    for name in ("one", "two", "kept-apart"):
        write_clip(root / "sequences" / name, 8)
    (root / "stills").mkdir()
    entries = []
    for i, boxes in enumerate(([[50, 40, 30, 30]], [[10, 10, 4, 4]], None)):
        picture = np.full((100, 140, 3), (200, 60, 40), np.uint8)
        picture[40:70, 50:80] = (20, 30, 220)
        cv2.imwrite(str(root / "stills" / f"{i}.jpg"), picture)
        entries.append({"file": f"{i}.jpg", "source": "made here", "boxes": boxes})
    (root / "stills.json").write_text(json.dumps(entries))
    return root


@pytest.fixture(scope="module")
def pictures(root: Path) -> Corpus:
    return corpus.load(root, without=frozenset({"kept-apart"}), device=torch.device("cpu"))
