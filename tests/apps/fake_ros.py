"""Stand-ins for ROS 2: messages with the fields that are used, and a node that a script drives."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from apps.source import Image
from tracker import Box

Event = tuple[str, Any]  # a topic, and the message that comes on it


@dataclass
class Header:
    stamp: int = 0
    frame_id: str = ""


@dataclass
class ImageMessage:
    header: Header = field(default_factory=Header)
    height: int = 0
    width: int = 0
    encoding: str = ""
    is_bigendian: int = 0
    step: int = 0
    data: Any = b""


@dataclass
class CompressedMessage:
    header: Header = field(default_factory=Header)
    format: str = ""
    data: Any = b""


@dataclass
class Point2D:
    x: float = 0.0
    y: float = 0.0


@dataclass
class Pose2D:
    position: Point2D = field(default_factory=Point2D)
    theta: float = 0.0


@dataclass
class BoundingBox2D:
    center: Pose2D = field(default_factory=Pose2D)
    size_x: float = 0.0
    size_y: float = 0.0


@dataclass
class ObjectHypothesis:
    class_id: str = ""
    score: float = 0.0


@dataclass
class ObjectHypothesisWithPose:
    hypothesis: ObjectHypothesis = field(default_factory=ObjectHypothesis)


@dataclass
class Detection2D:
    header: Header = field(default_factory=Header)
    results: list[ObjectHypothesisWithPose] = field(default_factory=list)
    bbox: BoundingBox2D = field(default_factory=BoundingBox2D)
    id: str = ""


VISION = SimpleNamespace(
    BoundingBox2D=BoundingBox2D,
    Detection2D=Detection2D,
    ObjectHypothesisWithPose=ObjectHypothesisWithPose,
)


def image(pixels: Image, encoding: str = "bgr8", *, index: int = 0, padding: int = 0) -> Any:
    """A picture (H, W, 3), BGR, as a message; its rows are `padding` bytes longer than needed."""
    height, width = pixels.shape[:2]
    shown = pixels[..., ::-1] if encoding == "rgb8" else pixels
    rows = np.pad(shown.reshape(height, -1), ((0, 0), (0, padding)), constant_values=255)
    return ImageMessage(
        Header(index, "camera"), height, width, encoding, 0, rows.shape[1], rows.tobytes()
    )


def box_message(box: Box) -> BoundingBox2D:
    return BoundingBox2D(Pose2D(Point2D(*box.center)), box.w, box.h)


def box_in(found: Detection2D) -> Box:
    at, size = found.bbox.center.position, (found.bbox.size_x, found.bbox.size_y)
    return Box.from_center(at.x, at.y, *size)


class ParameterError(Exception):
    """Stands for rclpy.exceptions.ParameterException."""


@dataclass
class Descriptor:
    read_only: bool = False
    type: type | None = None


class Node:
    """Gives its subscribers what a script says; notes what is published and logged."""

    def __init__(self, given: dict[str, Any], script: list[Event]) -> None:
        self.given = given
        self.script = iter(script)
        self.callbacks: dict[str, tuple[type, Callable[[Any], None], Any]] = {}
        self.published: list[Detection2D] = []
        self.logged: list[tuple[str, str]] = []
        self.destroyed = False

    def declare_parameters(self, namespace: str, rows: list[tuple[str, Any, Descriptor]]) -> Any:
        assert namespace == ""
        return [self._declared(*row) for row in rows]

    def _declared(self, name: str, value: Any, descriptor: Descriptor) -> Any:
        assert descriptor.read_only
        descriptor.type = descriptor.type or type(value)
        found = self.given.get(name, value)
        if type(found) is not descriptor.type:
            raise ParameterError(f"{name} is {found!r}, expecting {descriptor.type.__name__}")
        return SimpleNamespace(name=name, value=found)

    def resolve_topic_name(self, topic: str) -> str:
        return {"image": "/camera/image_raw", "~/init": "/lowtrack/init"}[topic]

    def create_subscription(
        self, kind: type, topic: str, callback: Callable[[Any], None], qos: Any, **more: Any
    ) -> None:
        name = self.resolve_topic_name(topic) if topic == "~/init" else topic
        self.callbacks[name] = (kind, callback, qos)

    def create_publisher(self, kind: type, topic: str, depth: int) -> Any:
        assert (kind, topic) == (Detection2D, "~/target")
        assert depth >= 1
        return SimpleNamespace(publish=self.published.append)

    def get_logger(self) -> Any:
        def level(name: str) -> Callable[..., None]:
            return lambda text, **_throttle: self.logged.append((name, text))

        return SimpleNamespace(**{name: level(name) for name in ("info", "warning", "error")})

    def destroy_node(self) -> None:
        self.destroyed = True


@dataclass
class Ros:
    """What stands for rclpy, and what it was asked for."""

    node: Node
    arguments: list[str] = field(default_factory=list)
    shut_down: bool = False

    def init(self, *, args: list[str], signal_handler_options: object) -> None:
        assert signal_handler_options == "NO"
        self.arguments = args

    def create_node(self, name: str) -> Node:
        assert name == "lowtrack"
        return self.node

    def spin_once(self, node: Node, *, timeout_sec: float) -> None:
        """Give the next message to whom it is for; after the last one, press Ctrl-C."""
        assert 0 < timeout_sec < 1
        topic, message = next(node.script, ("", None))
        if message is None:
            # not a real one: CPython dies of it where the profiler's tests ran in the same process
            pressed = signal.getsignal(signal.SIGINT)
            assert callable(pressed)
            pressed(signal.SIGINT, None)
            return
        kind, callback, _ = node.callbacks[topic]
        assert isinstance(message, kind)
        callback(message)

    def shutdown(self) -> None:
        self.shut_down = True


def install(
    monkeypatch: pytest.MonkeyPatch, script: list[Event] | None = None, **given: Any
) -> Ros:
    """Put stand-ins in the place of ROS's modules; `given` are the node's parameters."""
    ros = Ros(Node(given, script or []))
    modules: dict[str, Any] = {
        "rclpy": ros,
        "rclpy.exceptions": SimpleNamespace(ParameterException=ParameterError),
        "rclpy.qos": SimpleNamespace(
            QoSProfile=dict, ReliabilityPolicy=SimpleNamespace(BEST_EFFORT="best effort")
        ),
        "rclpy.qos_overriding_options": SimpleNamespace(
            QoSOverridingOptions=SimpleNamespace(with_default_policies=object)
        ),
        "rclpy.signals": SimpleNamespace(SignalHandlerOptions=SimpleNamespace(NO="NO")),
        "rcl_interfaces.msg": SimpleNamespace(ParameterDescriptor=Descriptor),
        "sensor_msgs.msg": SimpleNamespace(Image=ImageMessage, CompressedImage=CompressedMessage),
        "vision_msgs.msg": VISION,
    }
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    return ros


def overlaps(found: list[Detection2D], truth: Callable[[int], Box]) -> Iterator[float]:
    """The overlap with the truth of what was found in each image, by the image's stamp."""
    from tracker.box import iou

    return (iou(box_in(each), truth(each.header.stamp)) for each in found)
