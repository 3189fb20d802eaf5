"""The packaged b0, as a user has it: on painted clips, with every engine that CPU-only CI has."""

import subprocess
import sys
import textwrap
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import tracker
from apps.render import PaintedScene, Scene
from tracker import Box, EngineError
from tracker.box import iou

Frames = list[NDArray[np.uint8]]

PAINTED = PaintedScene(Scene(frames=60, poles=()))


@pytest.fixture(scope="module")
def frames() -> Frames:
    return [PAINTED.frame(i).pixels for i in range(60)]


@pytest.fixture(scope="module")
def empty(frames: Frames) -> Frames:
    """The same place without the target: it is covered with ground from half a frame away."""
    covered = []
    for i, frame in enumerate(frames):
        box = PAINTED.truth(i)
        rows = slice(max(int(box.y) - 4, 0), int(box.y + box.h) + 5)
        columns = slice(max(int(box.x) - 4, 0), int(box.x + box.w) + 5)
        covered.append(frame.copy())
        covered[-1][rows, columns] = np.roll(frame, 180, axis=0)[rows, columns]
    return covered


def follow(t: tracker.SingleObjectTracker, frames: Frames) -> list[tracker.Estimate]:
    t.init(frames[0], PAINTED.truth(0))
    return [t.update(frame) for frame in frames[1:]]


@pytest.fixture(scope="module")
def onnx(frames: Frames) -> list[tracker.Estimate]:
    return follow(tracker.load("b0"), frames)


def test_follows_a_painted_target(onnx: list[tracker.Estimate]) -> None:
    overlaps = [iou(e.box, PAINTED.truth(i + 1)) for i, e in enumerate(onnx)]
    assert np.mean(overlaps) > 0.7
    assert np.mean([e.state == "tracking" for e in onnx]) > 0.9


@pytest.mark.parametrize("engine", ["eager", "openvino"])
def test_every_engine_gives_the_same_boxes(
    engine: Any, frames: Frames, onnx: list[tracker.Estimate]
) -> None:
    # not for long: where two cells are alike, the last digit decides, and boxes part by a pixel
    other = follow(tracker.load("b0", engine=engine, threads=1), frames[:10])
    for a, b in zip(other, onnx, strict=False):
        assert tuple(a.box) == pytest.approx(tuple(b.box), abs=0.1)
        assert a.score == pytest.approx(b.score, abs=1e-3)


def test_the_quick_one_follows_it_too(frames: Frames) -> None:
    found = follow(tracker.load(engine="openvino", precision="int8", threads=1), frames)
    assert np.mean([iou(e.box, PAINTED.truth(i + 1)) for i, e in enumerate(found)]) > 0.6
    assert np.mean([e.state == "tracking" for e in found]) > 0.8


@pytest.mark.parametrize("kind", ["black", "noise"])
def test_the_quick_one_is_as_honest(kind: str, frames: Frames) -> None:
    t = tracker.load(engine="openvino", precision="int8", threads=1)
    follow(t, frames[:5])
    rng = np.random.default_rng(0)
    for _ in range(10):
        shown = rng.integers(0, 256 if kind == "noise" else 1, frames[0].shape, dtype=np.uint8)
        state = t.update(shown).state
    assert state == "lost"


def test_bgr_and_rgb_give_the_same_boxes(frames: Frames, onnx: list[tracker.Estimate]) -> None:
    flipped = [np.ascontiguousarray(frame[..., ::-1]) for frame in frames[:10]]
    assert follow(tracker.load("b0", colour="rgb"), flipped) == onnx[:9]


def test_the_same_clip_twice_gives_the_same_boxes(
    frames: Frames, onnx: list[tracker.Estimate]
) -> None:
    assert follow(tracker.load("b0"), frames[:10]) == onnx[:9]


def test_it_says_when_the_target_is_gone_and_takes_it_back(frames: Frames, empty: Frames) -> None:
    t = tracker.load("b0")
    seen = follow(t, frames[:15])
    gone = [t.update(frame) for frame in empty[15:45]]
    assert np.median([e.score for e in seen]) > 2 * np.median([e.score for e in gone])
    assert gone[-1].state == "lost"
    held = [e.box for e in gone if e.state == "lost"]
    assert held[0] == held[-1]
    back = [t.update(frame) for frame in frames[45:]]
    assert any(e.state == "tracking" for e in back)
    assert iou(back[-1].box, PAINTED.truth(59)) > 0.4


@pytest.mark.parametrize("kind", ["black", "noise"])
def test_senseless_frames_do_not_convince_it(kind: str, frames: Frames) -> None:
    t = tracker.load("b0")
    follow(t, frames[:5])
    rng = np.random.default_rng(0)
    for _ in range(20):
        nothing = np.zeros_like(frames[0])
        if kind == "noise":
            nothing = rng.integers(0, 256, frames[0].shape, dtype=np.uint8)
        estimate = t.update(nothing)
    assert estimate.state == "lost"
    assert Box(*estimate.box).w > 0


def test_loading_and_tracking_imports_no_torch() -> None:
    script = """
        import sys
        import numpy as np
        import tracker
        t = tracker.load("b0")
        frame = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
        t.init(frame, (40, 30, 20, 20))
        t.update(frame)
        print([m for m in ("torch", "safetensors", "onnx", "matplotlib") if m in sys.modules])
    """
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(script)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_long_runs_do_not_grow(frames: Frames) -> None:
    resource = pytest.importorskip("resource")  # of Unix
    t = tracker.load("b0", threads=1)
    follow(t, frames[:30])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(8):
        follow(t, frames[:30])
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kb < 20_000


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"engine": "caffe"}, EngineError, "caffe"),
        ({"device": "tpu"}, EngineError, "tpu"),
        ({"engine": "eager", "device": "tpu"}, EngineError, "tpu"),
        ({"engine": "openvino", "device": "tpu"}, EngineError, "tpu"),
        ({"threads": 0}, ValueError, "threads"),
        ({"colour": "cmyk"}, ValueError, "cmyk"),
        ({"model": "b7"}, tracker.WeightsError, "b7"),
    ],
)
def test_what_cannot_be_loaded_is_said(
    options: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        tracker.load(**options)


def test_trackers_share_a_network(frames: Frames, onnx: list[tracker.Estimate]) -> None:
    model = tracker.open_model("b0")
    one, other, many = model.tracker(), model.tracker(colour="rgb"), model.many()
    assert one.engine == many.engine == tracker.load("b0").engine == "onnx"
    for each in (one, other):
        each.init(frames[0] if each is one else frames[0][..., ::-1], PAINTED.truth(0))
    number = many.add(frames[0], PAINTED.truth(0))
    for frame, expected in zip(frames[1:20], onnx, strict=False):
        assert one.update(frame) == other.update(frame[..., ::-1]) == expected
        assert many.update(frame)[number].box == pytest.approx(expected.box, abs=0.01)
    with pytest.raises(ValueError, match="'bgr' or 'rgb'"):
        model.tracker(colour="gbr")  # type: ignore[arg-type]
