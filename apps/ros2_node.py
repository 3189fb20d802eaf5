"""A ROS 2 node that follows one target: images and a box in, detections out."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__" and not __package__:
    # run as a file: apps/ comes first then, and its profile.py would hide the standard library's
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import importlib
from collections.abc import Callable
from functools import partial
from typing import Any

from apps.command import EXIT_OK, CommandError, CommandParser, guarded
from apps.interrupts import Interrupts
from apps.model_options import ModelOptions, load_tracker
from apps.quiet import quiet_opencv
from apps.ros2_image import decoded, frame_of
from apps.ros2_target import Sighting, TargetFollower, detection
from tracker import EngineError, FrameError, TrackerError
from tracker.frame import Frame

NAME = "lowtrack ros2_node"
_PARAMETERS = {  # ROS knows no None: an empty precision is the engine's usual one, 0 threads all
    "model": "b0",
    "engine": "onnx",
    "device": "cpu",
    "precision": "",
    "threads": 0,
    "full_search": False,
    "image_transport": "raw",
}
_READERS: dict[str, Callable[[Any], Frame]] = {"raw": frame_of, "compressed": decoded}
_ROS_ARGS = "--ros-args"
_POLL_S = 0.1  # how long a signal may wait
_QUIET_S = 5.0  # between two complaints of the same kind
_FAILURES = 10  # of the network in a row that end the node, for whoever starts it again
_DEPTH = 10  # detections kept for a subscriber that is slow


def _ros(name: str) -> Any:
    """A Python module of ROS.

    Raises:
        CommandError: if it is not there.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise CommandError(
            f"{error}: rclpy, sensor_msgs and vision_msgs come with ROS 2, not with pip. Source "
            "ROS's setup.bash, take the Python it was built for, and "
            "apt install ros-$ROS_DISTRO-vision-msgs"
        ) from error


def _parameters(node: Any) -> dict[str, Any]:
    """The node's parameters.

    Raises:
        CommandError: if one is of the wrong kind.
    """
    fixed = partial(_ros("rcl_interfaces.msg").ParameterDescriptor, read_only=True)
    # each has a descriptor of its own: rclpy writes the type into it
    rows = [(name, value, fixed()) for name, value in _PARAMETERS.items()]
    try:
        found = {row.name: row.value for row in node.declare_parameters("", rows)}
    except _ros("rclpy.exceptions").ParameterException as error:
        raise CommandError(str(error)) from error
    if found["threads"] < 0:
        raise CommandError(f"threads is at least 1, or 0 for all cores; got {found['threads']}")
    if found["image_transport"] not in _READERS:
        raise CommandError(
            f"image_transport is {' or '.join(_READERS)}, got {found['image_transport']!r}"
        )
    return found


class _Bridge:
    """Hands messages to who follows, and publishes what is found."""

    def __init__(
        self, follower: TargetFollower, report: Any, publish: Callable[[Sighting], None]
    ) -> None:
        self._follower = follower
        self._report = report
        self._publish = publish
        self._failures = 0

    def see(self, image: Any) -> None:
        """Take an image; skip it if it is none, and bear with a network that fails at times.

        Raises:
            EngineError: if it fails again and again.
        """
        try:
            sighting = self._follower.see(image)
        except FrameError as error:
            self._report.warning(f"an image is skipped: {error}", throttle_duration_sec=_QUIET_S)
            return
        except EngineError as error:
            self._failures += 1
            if self._failures == _FAILURES:
                raise
            self._report.error(f"the network failed: {error}", throttle_duration_sec=_QUIET_S)
            return
        self._failures = 0
        if sighting is not None:
            self._publish(sighting)

    def mark(self, box: Any) -> None:
        """Take a target; one that cannot be taken leaves the former one."""
        try:
            sighting = self._follower.mark(box)
        except TrackerError as error:
            self._report.error(f"no target is taken: {error}")
            return
        found = sighting.estimate.box
        self._report.info(
            f"target {sighting.target}: {found.w:.0f} x {found.h:.0f} pixels around "
            f"({found.center[0]:.0f}, {found.center[1]:.0f})"
        )
        self._publish(sighting)


def _connect(node: Any, follower: TargetFollower, *, transport: str) -> None:
    """Subscribe to images and boxes, and publish what is found."""
    sensor, vision, qos = _ros("sensor_msgs.msg"), _ros("vision_msgs.msg"), _ros("rclpy.qos")
    report = node.get_logger()
    targets = node.create_publisher(vision.Detection2D, "~/target", _DEPTH)
    bridge = _Bridge(
        follower, report, lambda sighting: targets.publish(detection(sighting, vision))
    )
    images = node.resolve_topic_name("image")  # after remapping
    kind = sensor.Image
    if transport == "compressed":
        images, kind = f"{images}/compressed", sensor.CompressedImage
    newest = qos.QoSProfile(depth=1, reliability=qos.ReliabilityPolicy.BEST_EFFORT)
    overrides = _ros("rclpy.qos_overriding_options").QoSOverridingOptions
    node.create_subscription(
        kind, images, bridge.see, newest, qos_overriding_options=overrides.with_default_policies()
    )
    node.create_subscription(vision.BoundingBox2D, "~/init", bridge.mark, 1)
    report.info(
        f"ready for images on {images}, and for a box on {node.resolve_topic_name('~/init')}"
    )


def _serve(rclpy: Any, node: Any) -> None:
    """Load the network, and follow until told to stop."""
    found = _parameters(node)
    transport = found.pop("image_transport")
    options = ModelOptions(
        **found | {"precision": found["precision"] or None, "threads": found["threads"] or None}
    )
    follower = TargetFollower(load_tracker(options), _READERS[transport])
    _connect(node, follower, transport=transport)
    with Interrupts() as interrupts:
        while not interrupts.requested:
            rclpy.spin_once(node, timeout_sec=_POLL_S)


def _main(words: list[str]) -> int:
    own = words[: words.index(_ROS_ARGS)] if _ROS_ARGS in words else words
    usage = f"{NAME} {_ROS_ARGS} [-r image:=TOPIC] [-p PARAMETER:=VALUE ...]"
    parameters = f"parameters: {', '.join(_PARAMETERS)}; see docs/robot.md"
    CommandParser(NAME, usage=usage, description=__doc__, epilog=parameters).parse_args(own)
    # all of them before the network, which may take a minute
    rclpy, *_ = [_ros(name) for name in ("rclpy", "sensor_msgs.msg", "vision_msgs.msg")]
    try:
        rclpy.init(args=words, signal_handler_options=_ros("rclpy.signals").SignalHandlerOptions.NO)
    except RuntimeError as error:
        raise CommandError(str(error)) from error
    node = rclpy.create_node("lowtrack")
    try:
        _serve(rclpy, node)
    finally:
        node.destroy_node()
        rclpy.shutdown()
    return EXIT_OK


def main(argv: list[str] | None = None) -> int:
    """Run the node until Ctrl-C; return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    quiet_opencv()
    return guarded(NAME, lambda: _main(words))


if __name__ == "__main__":
    sys.exit(main())
