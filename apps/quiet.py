"""One voice on stderr: ours."""

from __future__ import annotations

import os

import cv2


def quiet_opencv() -> None:
    """Keep OpenCV's and FFmpeg's own complaints off the screen; ours say what is the matter."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    if "OPENCV_LOG_LEVEL" in os.environ:
        return
    try:
        cv2.setLogLevel(0)  # type: ignore[attr-defined]
    except AttributeError:  # OpenCV 5 has moved it
        cv2.utils.logging.setLogLevel(0)
