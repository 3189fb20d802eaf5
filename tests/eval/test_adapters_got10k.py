"""The adapter for the got-10k toolkit, called as its experiments call a tracker."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from eval.adapters.got10k import Got10kTracker
from eval.errors import BenchmarkError
from tests.eval.clips import SIDE, write_clip
from tests.eval.fake_trackers import Bright, Found


class Seen(Bright):
    """Remembers the colours of the frames it saw."""

    def init(self, frame: Any, box: Any) -> None:
        super().init(frame, box)
        self.colours = [frame[0, 0].tolist()]

    def update(self, frame: Any) -> Found:
        self.colours.append(frame[0, 0].tolist())
        return super().update(frame)


class FakePil:
    """A picture with PIL's manners, in another mode than RGB."""

    def __init__(self, rgb: Any) -> None:
        self._rgb = rgb

    def convert(self, mode: str) -> Any:
        assert mode == "RGB"
        return self._rgb


def read_rgb(path: str) -> Any:
    return np.asarray(cv2.imread(path))[..., ::-1]


@pytest.fixture
def files(tmp_path: Path) -> Sequence[str]:
    write_clip(tmp_path, "walk", frames=5)
    for path in (tmp_path / "walk" / "img").iterdir():
        picture = read_rgb(str(path))[..., ::-1].copy()
        picture[0, 0] = (10, 20, 30)
        cv2.imwrite(str(path), picture)
    return sorted(str(path) for path in (tmp_path / "walk" / "img").iterdir())


def test_pictures_of_pil_in_boxes_out(files: Sequence[str]) -> None:
    adapter = Got10kTracker(Bright(), "ours")
    assert (adapter.name, adapter.is_deterministic) == ("ours", True)
    pictures = [FakePil(read_rgb(file)) for file in files]
    adapter.init(pictures[0], np.array([5.0, 10.0, 12.0, 12.0]))
    found = adapter.update(pictures[1])
    assert found.tolist() == [7, 11, SIDE, SIDE]


def test_a_sequence_gives_boxes_and_times(files: Sequence[str]) -> None:
    seen = Seen()
    boxes, seconds = Got10kTracker(seen, "ours").track(files, [5.5, 10, 12, 12], visualize=False)
    assert boxes.shape == (5, 4)
    assert boxes[0].tolist() == [5.5, 10, 12, 12]
    assert boxes[4].tolist() == [13, 11, SIDE, SIDE]
    assert seconds.shape == (5,)
    assert (seconds > 0).all()
    assert seen.colours == [[30, 20, 10]] * 5  # red first


def test_a_missing_picture_is_an_error(files: Sequence[str]) -> None:
    with pytest.raises(BenchmarkError, match=r"no\.png is missing"):
        Got10kTracker(Bright(), "ours").track([*files, "no.png"], [5, 10, 12, 12])


@pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("got10k", "PIL")),
    reason="the got-10k toolkit is not installed",
)
def test_the_real_toolkit_runs_it(files: Sequence[str]) -> None:
    image = pytest.importorskip("PIL.Image")
    toolkit = pytest.importorskip("got10k.trackers")
    adapter = Got10kTracker(Bright(), "ours")
    boxes, _ = toolkit.Tracker.track(adapter, list(files), [5, 10, 12, 12])
    assert boxes[4].tolist() == [13, 11, SIDE, SIDE]
    image.open(files[0]).close()
