"""Contestants by name: OpenCV's trackers, factories, models."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from eval.benchmarks import read
from eval.contestant import Entry, build, parse
from eval.errors import ContestantError
from eval.follow import follow
from eval.identity import identity
from eval.peers import PEERS, OpenCvPeer, open_peer
from tests.eval.clips import SIDE, write_clip
from tracker import TrackerError


class FakeCvTracker:
    """Has the manners of `cv2.Tracker`; finds the target in every second frame only."""

    def __init__(self, score: float = 0.5) -> None:
        self.calls, self.score = 0, score

    def init(self, image: object, box: tuple[int, int, int, int]) -> None:
        assert all(isinstance(value, int) for value in box)
        self.box = box

    def update(self, image: object) -> tuple[bool, tuple[int, int, int, int]]:
        self.calls += 1
        x, y, w, h = self.box
        return self.calls % 2 == 1, (x + self.calls, y, w, h)

    def getTrackingScore(self) -> float:  # noqa: N802
        return self.score


@pytest.mark.parametrize(
    ("text", "label", "source", "engine", "precision", "full"),
    [
        ("b0", "b0", "b0", "onnx", None, False),
        ("b0@openvino", "b0@openvino", "b0", "openvino", None, False),
        ("b0@openvino-int8", "b0@openvino-int8", "b0", "openvino", "int8", False),
        ("b0+full@eager", "b0+full@eager", "b0", "eager", None, True),
        ("ours=runs/best+full", "ours", "runs/best", "onnx", None, True),
        ("runs/best/", "best", "runs/best/", "onnx", None, False),
        ("ours=runs/best@eager", "ours", "runs/best", "eager", None, False),
        ("my.module:Tracker", "my.module.Tracker", "my.module:Tracker", "onnx", None, False),
    ],
)
def test_names_are_read(
    text: str, label: str, source: str, engine: str, precision: str | None, *, full: bool
) -> None:
    assert parse(text) == Entry(label, source, engine, precision=precision, full_search=full)


@pytest.mark.parametrize("text", ["csrt+full", "my.module:Tracker+full"])
def test_foreign_trackers_have_no_full_search(text: str) -> None:
    with pytest.raises(ContestantError, match="has no full search"):
        parse(text)


@pytest.mark.parametrize(
    "text", ["csrt@openvino-int8", "x=csrt@onnx", "my.module:Tracker@eager", "mil@", "mil@-fp16"]
)
def test_foreign_trackers_have_no_engines(text: str) -> None:
    with pytest.raises(ContestantError, match="has no choice of engine: only models of LowTrack"):
        parse(text)


@pytest.mark.parametrize(("engine", "precision"), [("openvino", None), ("onnx", "int8")])
def test_foreign_trackers_that_come_as_entries_have_none_either(
    engine: str, precision: str | None
) -> None:
    with pytest.raises(ContestantError, match="has no choice of engine"):
        Entry("mil", "mil", engine, precision=precision)


@pytest.mark.parametrize("text", ["", "=b0", "a b", "../=b0", "..", "x=", "@onnx", "+full"])
def test_names_that_would_not_do_are_refused(text: str) -> None:
    with pytest.raises(ContestantError, match="does not name a tracker"):
        parse(text)


def test_a_lost_peer_keeps_its_box_and_says_so() -> None:
    peer = OpenCvPeer(FakeCvTracker, scored=False)
    image = np.zeros((9, 9, 3), np.uint8)
    peer.init(image, (1.4, 2.6, 3.5, 0.2))
    first, second = peer.update(image), peer.update(image)
    assert (first.box.x, first.box.y, first.box.w, first.box.h) == (2, 3, 4, 1)
    assert (first.score, second.score) == (1.0, 0.0)
    assert second.box == first.box


def test_a_peer_that_scores_is_believed_within_bounds() -> None:
    image = np.zeros((9, 9, 3), np.uint8)
    for told, expected in ((0.5, 0.5), (1.5, 1.0), (-0.1, 0.0)):
        peer = OpenCvPeer(lambda told=told: FakeCvTracker(told), scored=True)  # type: ignore[misc]
        peer.init(image, (1, 2, 3, 4))
        assert peer.update(image).score == expected


def test_mil_follows_something_easy(tmp_path: Path) -> None:
    write_clip(tmp_path, "walk", frames=4)
    sequence = read("folder", tmp_path)[0]
    track = follow(open_peer("mil"), sequence)
    assert np.abs(track.boxes_xywh[:, :2] - sequence.truth[:, :2]).max() < 2 * SIDE
    assert set(track.scores.tolist()) == {1.0}


def test_peers_this_opencv_lacks_name_the_package_that_has_them() -> None:
    lacking = [n for n in ("csrt", "kcf") if f"Tracker{n.upper()}_create" not in vars(cv2)]
    if not lacking:
        pytest.skip("this OpenCV has all of them")
    for name in lacking:
        with pytest.raises(ContestantError, match=f"no {name}; opencv-contrib-python has it"):
            open_peer(name)


def test_peers_need_their_weights(tmp_path: Path) -> None:
    with pytest.raises(ContestantError, match=r"needs --peer-weights DIR.*nanotrack_v2_head\.onnx"):
        build(parse("nanotrack-v2"))
    with pytest.raises(ContestantError, match=r"nanotrack_v2_backbone\.onnx, there is no such"):
        build(parse("nanotrack-v2", peer_weights=tmp_path))
    for file in PEERS["nanotrack-v1"].weights:
        (tmp_path / file).write_bytes(b"not a network")
    with pytest.raises(ContestantError, match="OpenCV cannot make nanotrack-v1"):
        build(parse("nanotrack-v1", peer_weights=tmp_path))


def test_nanotrack_is_known_by_its_weights_and_opencv(shared: Path) -> None:
    found = identity(parse("nanotrack-v2", peer_weights=shared / "teachers"))
    assert found["opencv"] == cv2.__version__
    assert (
        found["weights_sha256"]
        != identity(parse("nanotrack-v1", peer_weights=shared / "teachers"))["weights_sha256"]
    )


def test_nanotrack_reaches_its_known_score_on_a_clip(shared: Path) -> None:
    sequences = {s.name: s for s in read("folder", shared / "data" / "bench")}
    sequence = sequences["VOT_octopus"]
    track = follow(build(parse("nanotrack-v2", peer_weights=shared / "teachers")), sequence)
    centres = track.boxes_xywh[:, :2] + track.boxes_xywh[:, 2:] / 2
    truth = sequence.truth[:, :2] + sequence.truth[:, 2:] / 2
    assert np.nanmax(np.hypot(*(centres - truth).T)) < 20
    assert track.scores.min() > 0.5


@pytest.mark.parametrize("source", ["no.such.module:Tracker", "tests.eval.clips:NoTracker"])
def test_a_factory_that_is_not_there(source: str) -> None:
    with pytest.raises(ContestantError, match=r"cannot import|has no 'NoTracker'"):
        build(parse(source))
    with pytest.raises(ContestantError):
        identity(parse(source))


def test_an_unknown_model_is_an_error_that_names_it() -> None:
    with pytest.raises(TrackerError, match="no-such-model"):
        build(parse("no-such-model"))


def test_a_factory_is_known_by_its_code() -> None:
    found = identity(parse("ours=tests.eval.fake_trackers:Still"))
    assert found["label"] == "ours"
    assert found["source"] == "tests.eval.fake_trackers:Still"
    assert len(found["code_sha256"]) == 64
