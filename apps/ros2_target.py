"""Messages in, messages out: what the ROS 2 node does, without ROS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.command import CommandError
from apps.follow import Follower, Tracker
from tracker import Box, BoxError, Estimate
from tracker.frame import Frame


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is known of the target in one image."""

    header: Any  # the image's
    target: int  # which target it is, from 1
    estimate: Estimate


class TargetFollower:
    """Follows one target through image messages."""

    def __init__(self, tracker: Tracker, read: Callable[[Any], Frame]) -> None:
        """Follow nothing yet; `read` makes a frame of a message."""
        self._follower = Follower(tracker)
        self._read = read
        self._newest: tuple[Any, Frame] | None = None
        self._targets = 0

    def see(self, image: Any) -> Sighting | None:
        """Where the target is in the next image; None while there is no target.

        Raises:
            TrackerError: if the image cannot be used; all stays as it was.
        """
        frame = self._read(image)
        self._newest = image.header, frame
        if self._follower.estimate is None:
            return None
        return Sighting(image.header, self._targets, self._follower.track(frame))

    def mark(self, box: Any) -> Sighting:
        """Follow what a vision_msgs/BoundingBox2D marks in the newest image.

        Raises:
            TrackerError: if there is no image, or the box cannot be used; all stays as it was.
        """
        if self._newest is None:
            raise CommandError("no image has come that a box could mark a target in")
        header, frame = self._newest
        estimate = self._follower.select(frame, box_of(box))
        self._targets += 1
        return Sighting(header, self._targets, estimate)


def box_of(message: Any) -> Box:
    """The box of a vision_msgs/BoundingBox2D.

    Raises:
        BoxError: if it is turned, or no box.
    """
    center = message.center
    if center.theta:
        raise BoxError(f"a target's box is upright, its theta 0; got {center.theta:g}")
    return Box.from_center(center.position.x, center.position.y, message.size_x, message.size_y)


def detection(sighting: Sighting, messages: Any) -> Any:
    """A vision_msgs/Detection2D; `messages` is vision_msgs.msg."""
    box, estimate = sighting.estimate.box, sighting.estimate
    result = messages.ObjectHypothesisWithPose()
    result.hypothesis.class_id = estimate.state
    result.hypothesis.score = estimate.score
    found = messages.Detection2D()
    found.header = sighting.header
    found.id = str(sighting.target)
    found.results = [result]
    found.bbox.center.position.x, found.bbox.center.position.y = box.center
    found.bbox.size_x, found.bbox.size_y = box.w, box.h
    return found
