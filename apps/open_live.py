"""From what the user typed to a camera, a stream or a pipeline."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2

from apps.camera_reader import LivePolicy
from apps.command import check_name
from apps.live_source import LiveSource
from apps.source import Source, SourceError
from apps.video_source import VideoSource, frame_count

_TIMEOUT_MS = 5000  # for a URL to answer, and for its next frame
_RETRY_S = 0.5  # between attempts to open what is not there yet
_V4L = cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY
_CAMERAS = 2**31  # OpenCV takes no larger number
_SECRETS = "user|usr|login|pass|pwd|pw|token|key|auth|secret|signature"


@dataclass(frozen=True, slots=True)
class Live:
    """How to deal with a source that may not be there.

    Attributes:
        fps: frames per second where it tells none.
        policy: how long to bear with it.
        wait: asked, with a name and the number of failed attempts, whether to try on.
    """

    fps: float
    policy: LivePolicy
    wait: Callable[[str, int], bool]

    def first(
        self, name: str, capture: Callable[[], cv2.VideoCapture], complaint: str
    ) -> cv2.VideoCapture:
        """Try to open it, for as long as the policy says; raises SourceError(`complaint`)."""
        end, attempt = time.monotonic() + self.policy.wait_s, 0
        while not (found := capture()).isOpened():
            attempt += 1
            if time.monotonic() >= end or not self.wait(name, attempt):
                raise SourceError(complaint)
            time.sleep(min(_RETRY_S, self.policy.wait_s))
        return found


def open_live(text: str, live: Live) -> Source | None:
    """Open a camera, URL or pipeline; None if `text` means none of them.

    Raises:
        CommandError: if it cannot be opened.
    """
    check_name(text)
    if " ! " in text:
        return _open_pipeline(text, live)
    if "://" in text:
        return _open_url(text, live)
    if text.isdecimal() and int(text) < _CAMERAS:
        capture = partial(_capture_camera, int(text), cv2.CAP_ANY)
        return _open_camera(f"camera {text}", capture, live)
    if Path(text).is_char_device() or text.startswith(("/dev/video", "/dev/v4l/")):
        return _open_camera(text, partial(_capture_camera, text, _V4L), live)
    return None


def _capture_camera(which: int | str, api: int) -> cv2.VideoCapture:
    capture = cv2.VideoCapture(which, api)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # a queue in the driver would age the frames
    return capture


def _capture_url(url: str) -> cv2.VideoCapture:
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, cv2.CAP_PROP_READ_TIMEOUT_MSEC]
    options = [value for limit in limits for value in (limit, _TIMEOUT_MS)]
    return cv2.VideoCapture(url, cv2.CAP_FFMPEG, options)


def _open_camera(name: str, capture: Callable[[], cv2.VideoCapture], live: Live) -> Source:
    complaint = f"{name} cannot be opened: not there, in use, or not permitted"
    found = live.first(name, capture, complaint)
    return LiveSource(name, found, capture, live.policy, fps=live.fps)


def _open_pipeline(text: str, live: Live) -> Source:
    if not cv2.videoio_registry.hasBackend(cv2.CAP_GSTREAMER):
        raise SourceError(
            "this OpenCV has no GStreamer, as those from pip: pipelines need the system's or a "
            "vendor's (JetPack's)"
        )
    name, capture = "the pipeline", partial(cv2.VideoCapture, text, cv2.CAP_GSTREAMER)
    complaint = f"GStreamer cannot run {name}, which has to end in appsink: "
    found = live.first(name, capture, complaint + without_password(text))
    return LiveSource(name, found, capture, live.policy, fps=live.fps)


def without_password(text: str) -> str:
    """Hide user and password in a URL or pipeline, which would end up in logs.

    >>> without_password("rtsp://me:secret@camera/live")
    'rtsp://***@camera/live'
    >>> without_password("http://camera/live?user=me&pwd=secret")
    'http://camera/live?user=***&pwd=***'
    """
    text = re.sub(r"//[^/]*@", "//***@", text)  # up to the last: passwords may hold one, too
    text = re.sub(r"//[^/:]*:(?!\d+/)\S*@", "//***@", text)  # or a slash; what follows is no port
    end = r"\s" if " ! " in text else r"&;\s"
    value = r'"[^"]*"|' + rf"'[^']*'|[^{end}]*"
    return re.sub(rf"(?i)([\w-]*(?:{_SECRETS})[\w-]*)\s*=\s*(?:{value})", r"\1=***", text)


def _open_url(url: str, live: Live) -> Source:
    name, capture = without_password(url), partial(_capture_url, url)
    complaint = f"{name} cannot be opened: no answer, refused, or not a video"
    found = live.first(name, capture, complaint)
    if frame_count(found) is not None:  # it has an end: a file on a server
        return VideoSource(name, found, fps=live.fps)
    return LiveSource(name, found, capture, live.policy, fps=live.fps)
