"""Recorded matches: a GPU's stand-in is this machine's memory, and a replay launches all again."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from apps.render import PaintedScene, Scene
from tests.tracker.model_folder import ask, is_shared, noise
from tracker import (
    Box,
    EngineError,
    FrameError,
    MultiObjectTracker,
    SingleObjectTracker,
    multi,
    weights,
)
from tracker.box import iou
from tracker.loading import Model, open_model
from tracker.runtime import eager, engines, graphed, recordings
from tracker.runtime.engines import Place
from tracker.runtime.graphed import GraphedRuntime
from tracker.runtime.recordings import EncodeRecording, MatchRecording

Make = Callable[..., GraphedRuntime]


class Recorder:
    """Stands for `CUDAGraph`: what is launched while it records is launched at every replay."""

    made: int = 0

    def __init__(self) -> None:
        Recorder.made += 1


class Stream:
    """Notes what is waited for."""

    cuda_stream = 1

    def __init__(self, log: list[str]) -> None:
        self._log = log

    def wait_stream(self, _: object) -> None:
        self._log.append("caller")

    def synchronize(self) -> None:
        self._log.append("done")


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture(scope="module")
def host() -> Model:
    """The packaged network, which finds things."""
    return open_model("b0", engine="eager", threads=1)


@pytest.fixture
def make(gpu: Path, host: Model, log: list[str], monkeypatch: pytest.MonkeyPatch) -> Make:
    del gpu  # the driver's stand-in is in place
    stream = Stream(log)
    monkeypatch.setattr(torch.cuda, "Stream", lambda _: stream)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _: stream)
    monkeypatch.setattr(torch.cuda, "stream", lambda _: nullcontext())
    monkeypatch.setattr(torch.cuda, "device", lambda _: nullcontext())
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Recorder)
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: (0, 0))
    monkeypatch.setattr(torch.cuda, "graph", lambda *_, **__: nullcontext())

    def replay(recording: Any) -> None:
        log.append("replay")
        recording._launch()

    for kind in (MatchRecording, EncodeRecording):
        monkeypatch.setattr(kind, "replay", replay)
    monkeypatch.setattr(graphed, "place", lambda _: torch.device("cpu"))
    monkeypatch.setattr(recordings, "_pinned", torch.empty)
    monkeypatch.setattr(torch, "compile", lambda network: network)
    monkeypatch.setattr(Recorder, "made", 0)
    monkeypatch.setattr(graphed, "_BATCHES", (1, 4))

    def make(precision: Any = "fp32") -> GraphedRuntime:
        return GraphedRuntime(weights.find("b0"), host.card, device="cuda", precision=precision)

    return make


@pytest.mark.parametrize("count", [1, 3, 4])
@pytest.mark.parametrize("size", [256, 192])
def test_maps_are_those_of_the_network(make: Make, host: Model, count: int, size: int) -> None:
    found, wanted = ask(make(), count, size), ask(host.runtime, count, size)
    for name in ("score", "size", "offset"):
        assert getattr(found, name).shape == getattr(wanted, name).shape
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), atol=1e-4)


def test_templates_are_remembered_as_by_the_network(make: Make, host: Model) -> None:
    runtime, templates = make(), noise(3, 128)
    found = runtime.encode(templates)
    kept = found.clone()
    np.testing.assert_allclose(found, host.runtime.encode(templates), atol=1e-4)
    assert (runtime.encode(noise(3, 128, seed=9)) - kept).abs().max() > 1e-3
    assert torch.equal(found, kept)  # the caller's own


def test_half_precision_is_near(make: Make, host: Model) -> None:
    found, wanted = ask(make("fp16"), 1, 192), ask(host.runtime, 1, 192)
    assert np.abs(found.score - wanted.score).max() > 0
    for name in ("score", "size", "offset"):
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), atol=0.02)


@pytest.mark.usefixtures("make")
def test_compiled_on_a_gpu_records(host: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eager, "place", torch.device)
    folder = weights.find("b0")
    made = engines.make("compiled", folder, host.card, Place("cuda"), "fp16")
    assert isinstance(made, GraphedRuntime)
    with pytest.raises(EngineError, match="no precision 'fp16'"):
        engines.make("compiled", folder, host.card, Place("cpu"), "fp16")


def test_all_is_recorded_at_the_start(make: Make) -> None:
    runtime = make()
    made = Recorder.made
    assert made == 6  # templates and both sizes of search crops, for one and for up to four
    for count in (1, 2, 3, 4, 3, 1):
        memory = runtime.encode(noise(count, 128))
        assert len(memory) == count
        assert len(runtime.match(memory, noise(count, 192)).score) == count
    assert Recorder.made == made


def test_what_it_is_not_made_for_is_refused(make: Make) -> None:
    runtime = make()
    memory = runtime.encode(noise(1, 128))
    with pytest.raises(EngineError, match="at most 32"):
        runtime.encode(noise(33, 128))
    with pytest.raises(EngineError, match="at most 32"):
        runtime.match(memory, noise(33, 256))
    with pytest.raises(EngineError, match="256 and 192 pixels a side, got 224"):
        runtime.match(memory, noise(1, 224))
    with pytest.raises(
        EngineError, match="templates of this model have 128 pixels a side, got 144"
    ):
        runtime.encode(noise(1, 144))


def test_it_waits_for_the_caller_before_and_for_the_maps_after(make: Make, log: list[str]) -> None:
    runtime = make()
    memory = runtime.encode(noise(1, 128))
    runtime.match(memory, noise(1, 256))
    log.clear()
    runtime.match(memory, noise(1, 256))
    assert log == ["caller", "replay", "done"]
    log.clear()
    runtime.encode(noise(1, 128))
    assert log == ["caller", "replay", "done"]


def test_the_next_match_runs_while_maps_are_in_use(make: Make, log: list[str]) -> None:
    runtime = make()
    calls = [(runtime.encode(noise(n, 128, seed=n)), noise(n, 192, seed=n)) for n in (1, 3, 1)]
    wanted = [runtime.match(*call).score for call in calls]
    log.clear()
    for found, expected in zip(runtime.match_each(calls), wanted, strict=True):
        np.testing.assert_array_equal(found.score, expected)
        log.append("used")
    replays = ["caller", "replay", "caller", "done", "replay", "used"]
    assert log == [*replays, "caller", "done", "replay", "used", "done", "used"]
    with closing(runtime.match_each(calls)) as left_off:
        next(left_off)
        log.clear()
    assert log == ["done"]  # nothing runs on
    np.testing.assert_array_equal(runtime.match(*calls[0]).score, wanted[0])
    assert list(runtime.match_each([])) == []


def test_many_targets_are_decoded_while_the_next_match_runs(
    make: Make, host: Model, log: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multi, "LARGEST_BATCH", 4)
    painter = PaintedScene(Scene(frames=3))
    frame, box = painter.frame(0).pixels, painter.truth(0)
    many = MultiObjectTracker(make(), host.card.tracking)
    for shift in range(5):
        many.add(frame, Box(box.x + shift, box.y, box.w, box.h))

    def fail(*_: Any) -> None:
        raise RuntimeError("interrupted")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="interrupted") as error:
        patch.setattr(multi, "conclude_all", fail)
        many.update(frame)
    log.clear()
    assert len(many.update(frame)) == 5  # the runtime is free again, and was not left running
    assert log[:6] == ["caller", "replay", "caller", "done", "replay", "done"]
    assert error.tb is not None


def test_what_goes_wrong_on_the_gpu_is_an_error_of_ours(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = make()
    memory = runtime.encode(noise(1, 128))
    runtime.match(memory, noise(1, 256))

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("out of memory")

    for kind in (MatchRecording, EncodeRecording):
        monkeypatch.setattr(kind, "replay", fail)
    with pytest.raises(EngineError, match="out of memory"):
        runtime.match(memory, noise(1, 256))
    with pytest.raises(EngineError, match="out of memory"):
        runtime.encode(noise(1, 128))


def test_nothing_is_collected_while_something_is_recorded(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What that ends could break the recording off."""
    collecting = []

    @contextmanager
    def graph(*_: object, **__: object) -> Iterator[None]:
        collecting.append(gc.isenabled())
        yield

    monkeypatch.setattr(torch.cuda, "graph", graph)
    make()
    assert collecting == [False] * Recorder.made
    assert gc.isenabled()


def test_a_recording_that_breaks_off_is_an_error_of_ours(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def graph(*_: object, **__: object) -> Iterator[None]:
        raise RuntimeError("operation not permitted")
        yield

    monkeypatch.setattr(torch.cuda, "graph", graph)
    with pytest.raises(EngineError, match="not permitted"):
        make()
    assert gc.isenabled()


def test_threads_may_share_it(make: Make) -> None:
    runtime = make()
    searches = [noise(1, 256, seed=seed) for seed in (20, 21)]
    memories = [runtime.encode(noise(1, 128, seed=seed)) for seed in (1, 2)]
    is_shared(lambda which: runtime.match(memories[which], searches[which]))


def test_another_memory_is_another_target(make: Make) -> None:
    runtime, searches = make(), noise(1, 256)
    one, other = (runtime.encode(noise(1, 128, seed=seed)) for seed in (1, 2))
    first = runtime.match(one, searches)
    kept = first.score.copy()
    second = runtime.match(other, searches)
    np.testing.assert_array_equal(first.score, kept)  # the caller's own
    assert np.abs(second.score - kept).max() > 1e-4
    np.testing.assert_array_equal(runtime.match(one, searches).score, kept)


def test_it_follows_as_on_the_host(make: Make, host: Model) -> None:
    runtime, config = make(), host.card.tracking
    painter = PaintedScene(Scene(frames=12))
    frames, box = [painter.frame(i).pixels for i in range(12)], painter.truth(0)
    runtimes = (host.runtime, runtime, runtime)
    one, other, there = (SingleObjectTracker(each, config) for each in runtimes)
    for each in (one, other):
        each.init(frames[0], box)
    there.init(torch.from_numpy(frames[0]), box)
    many = MultiObjectTracker(runtime, config)
    first, second = many.add(frames[0], box), many.add(frames[0], (20, 30, 40, 40))
    for frame in frames[1:]:
        expected, found, both = one.update(frame), other.update(frame), many.update(frame)
        tensor = there.update(torch.from_numpy(frame))
        # in a closed loop, a grey level can decide which of two neighbouring cells is the better,
        # and whether there is a second look
        assert min(iou(expected.box, it.box) for it in (found, both[first], tensor)) > 0.85
        assert both.keys() == {first, second}
        assert all(np.isfinite(tuple(each.box)).all() for each in both.values())
    with pytest.raises(FrameError):
        other.update(np.zeros((9, 9, 7), np.uint8))


def test_what_cannot_be_compiled_is_told(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("no Triton")

    monkeypatch.setattr(torch, "compile", lambda _: fail)
    with pytest.raises(EngineError, match="no Triton"):
        make()
