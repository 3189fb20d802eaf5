"""Recorded matches on a GPU; all of it is skipped where there is none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch

from apps.render import PaintedScene, Scene
from tests.tracker.model_folder import ask, noise
from tracker.box import iou
from tracker.loading import open_model
from tracker.runtime.graphed import GraphedRuntime
from tracker.single import SingleObjectTracker

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_a_gpu_records(precision: Any) -> None:
    runtime = open_model("b0", engine="compiled", device="cuda", precision=precision).runtime
    assert isinstance(runtime, GraphedRuntime)
    host = open_model("b0", engine="eager", threads=1)
    for count, size in ((1, 256), (1, 192), (3, 256), (2, 192), (1, 256)):
        found, wanted = ask(runtime, count, size), ask(host.runtime, count, size)
        for name in ("score", "size", "offset"):  # TF32 has as short a mantissa as fp16
            np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), atol=0.02)
    templates = noise(3, 128)
    for count in (3, 1):
        wanted = host.runtime.encode(templates[:count]).numpy()
        found = runtime.encode(templates[:count]).cpu().numpy()
        np.testing.assert_allclose(found, wanted, atol=0.02 * np.abs(wanted).max())


def test_frames_on_a_gpu_are_followed_as_those_of_the_host() -> None:
    model = open_model("b0", engine="compiled", device="cuda")
    painter = PaintedScene(Scene(frames=40))
    frames, box = [painter.frame(i).pixels for i in range(12)], painter.truth(0)
    puts: list[Callable[[Any], Any]] = [
        np.asarray,
        lambda frame: torch.from_numpy(frame).cuda(),
        lambda frame: torch.from_numpy(frame).cuda().half(),
        lambda frame: torch.from_numpy(frame).cuda().transpose(0, 1).contiguous().transpose(0, 1),
    ]
    trackers = [SingleObjectTracker(model.runtime, model.card.tracking) for _ in puts]
    for tracker, put in zip(trackers, puts, strict=True):
        tracker.init(put(frames[0]), box)
    for frame in frames[1:]:
        here, *there = (
            tracker.update(put(frame)).box for tracker, put in zip(trackers, puts, strict=True)
        )
        assert min(iou(here, each) for each in there) > 0.9


def test_a_tracker_goes_on_while_another_one_records() -> None:
    """CUDA lets nobody wait for the whole GPU meanwhile."""
    painter = PaintedScene(Scene(frames=40))
    frames = [painter.frame(i).pixels for i in range(40)]
    followers = []
    for engine in ("compiled", "eager"):
        follower = open_model("b0", engine=engine, device="cuda").tracker()
        follower.init(frames[0], painter.truth(0))
        followers.append(follower)
    done = threading.Event()

    def follow() -> int:
        count = 0
        while not done.is_set():
            for follower in followers:
                for frame in frames[1:]:  # floats go another way, and are kept there
                    follower.update(torch.from_numpy(frame).cuda().half())
                    count += 1
        return count

    with ThreadPoolExecutor(1) as pool:
        counted = pool.submit(follow)
        try:
            runtime = open_model("b0", engine="compiled", device="cuda", precision="fp16").runtime
            ask(runtime, 3, 256)
        finally:
            done.set()
        assert counted.result() > 0
