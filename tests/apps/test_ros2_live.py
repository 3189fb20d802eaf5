"""The ROS 2 node under ROS itself, where rclpy and vision_msgs are installed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from apps.render import PaintedScene
from tests.apps.fakes import SMALL
from tracker import Box
from tracker.box import iou

rclpy: Any = pytest.importorskip("rclpy")
qos: Any = pytest.importorskip("rclpy.qos")
sensor: Any = pytest.importorskip("sensor_msgs.msg")
vision: Any = pytest.importorskip("vision_msgs.msg")

pytestmark = pytest.mark.filterwarnings("default")  # ROS has its own

NODE = Path(__file__).parents[2] / "apps" / "ros2_node.py"
TOPIC = "/camera/image_raw"
SCENE = PaintedScene(SMALL)


@contextmanager
def started(log: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """The node as a process of its own."""
    command = [sys.executable, str(NODE), "--ros-args", "-r", f"image:={TOPIC}", *words]
    with log.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=file) as process:
        try:
            yield process
        finally:
            process.terminate()


class Camera:
    """What stands around the node: a camera, a user, and somebody who listens."""

    def __init__(self) -> None:
        self.node = rclpy.create_node("around")
        self.found: list[Any] = []
        sensor_data = qos.qos_profile_sensor_data
        self.images = self.node.create_publisher(sensor.Image, TOPIC, sensor_data)
        self.boxes = self.node.create_publisher(vision.BoundingBox2D, "/lowtrack/init", 1)
        self.node.create_subscription(
            vision.Detection2D, "/lowtrack/target", self.found.append, sensor_data
        )

    def wait(self, until: Callable[[], bool], seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < end
            rclpy.spin_once(self.node, timeout_sec=0.02)

    def send(self, index: int, encoding: str) -> None:
        pixels = SCENE.frame(index).pixels
        message = sensor.Image(encoding=encoding, step=pixels.shape[1] * 3)
        message.height, message.width = pixels.shape[:2]
        message.header.frame_id, message.header.stamp.sec = "camera", index
        message.data = (pixels[..., ::-1] if encoding == "rgb8" else pixels).tobytes()
        self.images.publish(message)

    def mark(self, box: Box) -> None:
        message = vision.BoundingBox2D(size_x=box.w, size_y=box.h)
        message.center.position.x, message.center.position.y = box.center
        self.boxes.publish(message)


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> Iterator[Camera]:
    monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    monkeypatch.setenv("ROS_DOMAIN_ID", str(10 + os.getpid() % 90))
    rclpy.init()
    camera = Camera()
    yield camera
    camera.node.destroy_node()
    rclpy.shutdown()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_follows(camera: Camera, end: signal.Signals, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    with started(log, "-p", "threads:=1") as process:
        camera.wait(lambda: bool(camera.images.get_subscription_count()))
        camera.wait(lambda: bool(camera.boxes.get_subscription_count()))
        camera.wait(lambda: bool(camera.node.count_publishers("/lowtrack/target")))
        camera.mark(SCENE.truth(0))
        camera.wait(lambda: "no image has come" in log.read_text())
        while not camera.found:  # until both have found each other, either may be lost
            camera.send(0, "bgr8")
            camera.mark(SCENE.truth(0))
            for _ in range(20):
                rclpy.spin_once(camera.node, timeout_sec=0.02)
        camera.found.clear()
        for index in range(1, 30):
            camera.send(index, "rgb8" if index % 2 else "bgr8")
            camera.wait(lambda count=index: len(camera.found) >= count)  # type: ignore[misc]
            camera.send(index, "nv12")
        process.send_signal(end)
        assert process.wait(10) == 0
    for found in camera.found:
        at, (result,) = found.bbox.center.position, found.results
        box = Box.from_center(at.x, at.y, found.bbox.size_x, found.bbox.size_y)
        assert iou(box, SCENE.truth(found.header.stamp.sec)) > 0.5
        assert found.header.frame_id == "camera"
        assert result.hypothesis.class_id in {"tracking", "uncertain"}
    said = log.read_text()
    assert 1 <= said.count("an image is skipped") < 5  # throttled
    assert "Traceback" not in said


@pytest.mark.parametrize("wrong", ["threads:=two", "threads:=-1", "model:=b99", "device:=3"])
@pytest.mark.usefixtures("camera")
def test_a_bad_parameter_is_one_line(wrong: str, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    with started(log, "-p", wrong) as process:
        assert process.wait(30) == 2
    assert log.read_text().startswith("lowtrack ros2_node: ")
    assert log.read_text().count("\n") == 1
