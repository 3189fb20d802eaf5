"""The ROS 2 node, with stand-ins for ROS."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

import tracker
from apps import ros2_node
from apps.render import PaintedScene
from apps.ros2_image import frame_of
from apps.ros2_target import Sighting, TargetFollower, box_of, detection
from apps.source import Image
from tests.apps import fake_ros
from tests.apps.fake_ros import BoundingBox2D, CompressedMessage, Header
from tests.apps.fakes import SMALL, TemplateTracker
from tracker import Box, BoxError, EngineError, Estimate, FrameError, TrackerError
from tracker.box import iou

SCENE = PaintedScene(SMALL)
PIXELS = np.random.default_rng(3).integers(0, 256, (5, 7, 3), np.uint8)


@pytest.fixture(scope="module")
def model() -> tracker.Model:
    return tracker.open_model("b0", threads=1)


@pytest.fixture
def follower(model: tracker.Model) -> TargetFollower:
    return TargetFollower(model.tracker(), frame_of)


class TestFollowing:
    @staticmethod
    def sent(index: int) -> Any:
        """A painted frame; every second one is RGB with padded rows."""
        kind, padding = ("rgb8", 24) if index % 2 else ("bgr8", 0)
        return fake_ros.image(SCENE.frame(index).pixels, kind, index=index, padding=padding)

    def test_follows_whatever_the_encoding(self, follower: TargetFollower) -> None:
        assert follower.see(self.sent(0)) is None
        first = follower.mark(fake_ros.box_message(SCENE.truth(0)))
        assert first == Sighting(
            Header(0, "camera"), 1, tracker.Estimate(SCENE.truth(0), 1.0, "tracking")
        )
        for index in range(1, 40):
            seen = follower.see(self.sent(index))
            assert seen is not None
            found = detection(seen, fake_ros.VISION)
            assert found.header == Header(index, "camera")
            assert found.id == "1"
            (result,) = found.results
            assert result.hypothesis.class_id in {"tracking", "uncertain"}
            assert 0 <= result.hypothesis.score <= 1
            assert iou(fake_ros.box_in(found), SCENE.truth(index)) > 0.5

    def test_bad_images_and_other_sizes_in_between(self, follower: TargetFollower) -> None:
        follower.see(self.sent(0))
        follower.mark(fake_ros.box_message(SCENE.truth(0)))
        for index in range(1, 8):
            with pytest.raises(FrameError):
                follower.see(fake_ros.image(PIXELS, "nv12"))
            pixels = SCENE.frame(index).pixels
            if index % 3 == 0:
                pixels = np.pad(pixels, ((0, 50), (0, 90), (0, 0)))
            seen = follower.see(fake_ros.image(pixels))
            assert seen is not None
            assert iou(seen.estimate.box, SCENE.truth(index)) > 0.5

    def test_a_box_before_any_image(self, follower: TargetFollower) -> None:
        with pytest.raises(FrameError):
            follower.see(fake_ros.image(PIXELS, "nv12"))
        with pytest.raises(TrackerError, match="no image has come"):
            follower.mark(fake_ros.box_message(SCENE.truth(0)))

    def test_a_bad_box_leaves_the_target(self, follower: TargetFollower) -> None:
        follower.see(self.sent(0))
        far = Box(1e5, 1e5, 10, 10)
        for bad in (BoundingBox2D(), fake_ros.box_message(far)):
            with pytest.raises(BoxError):
                follower.mark(bad)
        assert follower.see(self.sent(1)) is None
        follower.mark(fake_ros.box_message(SCENE.truth(1)))
        with pytest.raises(BoxError):
            follower.mark(fake_ros.box_message(far))
        seen = follower.see(self.sent(2))
        assert seen is not None
        assert seen.target == 1
        assert iou(seen.estimate.box, SCENE.truth(2)) > 0.5
        assert follower.mark(fake_ros.box_message(SCENE.truth(2))).target == 2

    @pytest.mark.parametrize("theta", [0.1, float("nan")])
    def test_boxes_are_upright(self, theta: float) -> None:
        turned = fake_ros.box_message(Box(1, 2, 3, 4))
        assert box_of(turned) == Box(1, 2, 3, 4)
        turned.center.theta = theta
        with pytest.raises(BoxError, match="upright"):
            box_of(turned)


IMAGES, INIT = "/camera/image_raw", "/lowtrack/init"


def clip(stop: int, encoding: str = "bgr8") -> list[fake_ros.Event]:
    frames = [SCENE.frame(index).pixels for index in range(stop)]
    return [(IMAGES, fake_ros.image(frame, encoding, index=i)) for i, frame in enumerate(frames)]


class TestNode:
    def test_publishes_for_every_image_until_ctrl_c(self, monkeypatch: pytest.MonkeyPatch) -> None:
        first, *rest = clip(20)
        mark = (INIT, fake_ros.box_message(SCENE.truth(0)))
        ros = fake_ros.install(monkeypatch, [first, mark, *rest], threads=1)
        words = ["--ros-args", "-r", "image:=/camera/image_raw"]
        assert ros2_node.main(words) == 0
        assert ros.arguments == words
        assert [found.header.stamp for found in ros.node.published] == list(range(20))
        assert min(fake_ros.overlaps(ros.node.published, SCENE.truth)) > 0.5
        assert [kind for kind, _ in ros.node.logged] == ["info", "info"]
        assert ros.node.destroyed
        assert ros.shut_down
        qos = ros.node.callbacks[IMAGES][2]
        assert qos == {"depth": 1, "reliability": "best effort"}

    @pytest.mark.usefixtures("fake_tracker")
    def test_nothing_that_comes_ends_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        mark = (INIT, fake_ros.box_message(SCENE.truth(0)))
        bad = (IMAGES, fake_ros.image(PIXELS, "nv12"))
        first, second, *_ = clip(2)
        script = [mark, bad, first, (INIT, BoundingBox2D()), mark, bad, second]
        ros = fake_ros.install(monkeypatch, script)
        assert ros2_node.main([]) == 0
        kinds = [kind for kind, _ in ros.node.logged]
        assert kinds == ["info", "error", "warning", "error", "info", "warning"]
        assert "no image has come" in ros.node.logged[1][1]
        assert "box sides must be positive" in ros.node.logged[3][1]
        assert [found.header.stamp for found in ros.node.published] == [0, 1]

    @pytest.mark.usefixtures("fake_tracker")
    def test_a_network_that_fails_again_and_again_ends_it(
        self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        first, *rest = clip(40)
        mark = (INIT, fake_ros.box_message(SCENE.truth(0)))
        update, calls = TemplateTracker.update, iter(range(99))

        def fails(self: TemplateTracker, frame: Image) -> Estimate:
            if 3 <= (call := next(calls)) < 6 or call > 9:
                raise EngineError("out of memory")
            return update(self, frame)

        monkeypatch.setattr(TemplateTracker, "update", fails)
        ros = fake_ros.install(monkeypatch, [first, mark, *rest])
        assert ros2_node.main([]) == 2
        assert capfd.readouterr().err == "lowtrack ros2_node: out of memory\n"
        assert [kind for kind, _ in ros.node.logged] == ["info", "info", *["error"] * 12]
        assert len(ros.node.published) == 1 + 7
        assert ros.shut_down

    @pytest.mark.usefixtures("fake_tracker")
    def test_compressed_images(self, monkeypatch: pytest.MonkeyPatch) -> None:
        topic = f"{IMAGES}/compressed"
        jpegs = [cv2.imencode(".jpg", SCENE.frame(i).pixels)[1] for i in range(2)]
        first, second = [
            (topic, CompressedMessage(Header(i), "jpeg", jpeg)) for i, jpeg in enumerate(jpegs)
        ]
        script = [first, (INIT, fake_ros.box_message(SCENE.truth(0))), second]
        ros = fake_ros.install(monkeypatch, script, image_transport="compressed")
        assert ros2_node.main([]) == 0
        assert len(ros.node.published) == 2

    @pytest.mark.usefixtures("fake_tracker")
    def test_opencv_says_nothing_of_damaged_images(
        self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.delenv("OPENCV_LOG_LEVEL", raising=False)
        set_level: Any = getattr(cv2, "setLogLevel", None) or cv2.utils.logging.setLogLevel
        set_level(3)  # warnings, as where nobody has quieted it
        damaged = CompressedMessage(format="png", data=b"\x89PNG\r\n\x1a\n")
        script = [(f"{IMAGES}/compressed", damaged)]
        ros = fake_ros.install(monkeypatch, script, image_transport="compressed")
        assert ros2_node.main([]) == 0
        assert [kind for kind, _ in ros.node.logged] == ["info", "warning"]
        assert capfd.readouterr().err == ""

    def test_parameters_reach_the_tracker(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: dict[str, Any] = {}

        def load(model: str, **more: Any) -> None:
            asked.update(more, model=model)

        monkeypatch.setattr(tracker, "load", load)
        fake_ros.install(monkeypatch)
        assert ros2_node.main([]) == 0
        usual = {"engine": "onnx", "device": "cpu", "precision": None, "threads": None}
        assert asked == usual | {"model": "b0", "full_search": False}
        given: dict[str, Any] = {"engine": "openvino", "device": "gpu.1", "precision": "int8"}
        given |= {"model": "models/b0", "threads": 2, "full_search": True}
        fake_ros.install(monkeypatch, **given)
        assert ros2_node.main([]) == 0
        assert asked == given

    @pytest.mark.parametrize(
        ("given", "says"),
        [
            ({"model": "b99"}, "no model 'b99'"),
            ({"engine": "onyx"}, "onyx"),
            ({"threads": -1}, "threads is at least 1, or 0 for all cores; got -1"),
            ({"threads": "two"}, "threads is 'two', expecting int"),
            ({"image_transport": "theora"}, "raw or compressed, got 'theora'"),
        ],
    )
    def test_bad_parameters(
        self,
        given: dict[str, Any],
        says: str,
        monkeypatch: pytest.MonkeyPatch,
        refused: Callable[[int, str], None],
    ) -> None:
        ros = fake_ros.install(monkeypatch, **given)
        refused(ros2_node.main([]), says)
        assert ros.shut_down

    def test_arguments_are_ros_arguments(
        self, monkeypatch: pytest.MonkeyPatch, refused: Callable[[int, str], None]
    ) -> None:
        fake_ros.install(monkeypatch)
        refused(ros2_node.main(["b0", "--ros-args"]), "b0")

    @pytest.mark.parametrize("missing", ["rclpy", "sensor_msgs.msg", "vision_msgs.msg"])
    def test_without_ros(
        self,
        missing: str,
        monkeypatch: pytest.MonkeyPatch,
        refused: Callable[[int, str], None],
    ) -> None:
        fake_ros.install(monkeypatch)
        monkeypatch.setitem(sys.modules, missing, None)
        refused(ros2_node.main([]), "come with ROS 2, not with pip")
