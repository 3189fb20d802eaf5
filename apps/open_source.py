"""From what the user typed to a source."""

from __future__ import annotations

import glob
import re
from functools import partial
from pathlib import Path

import cv2

from apps.camera_reader import LivePolicy
from apps.image_source import IMAGE_SUFFIXES, ImageSource, image_files
from apps.live_source import LiveSource
from apps.source import Source, SourceError
from apps.video_source import VideoSource, frame_count

_TIMEOUT_MS = 5000  # for a URL to answer, and for its next frame


def open_source(text: str, *, fps: float, policy: LivePolicy) -> Source:
    """Open a camera index, URL, file, folder of images, or pattern.

    Args:
        text: what the user typed; a path that exists wins over any other meaning.
        fps: frames per second where the source tells none.
        policy: how long to bear with a live source.

    Raises:
        SourceError: if there is nothing of that name, or it cannot be opened.
    """
    path = Path(text)
    if not text:
        raise SourceError("the source is empty: give a camera index, file, folder, pattern or URL")
    if "://" in text:
        return _open_url(text, fps=fps, policy=policy)
    if path.is_dir():
        return _open_folder(path, fps=fps)
    if path.is_file():
        return _open_file(path, fps=fps)
    if text.isdecimal():
        return _open_camera(int(text), fps=fps, policy=policy)
    if glob.has_magic(text):
        return _open_pattern(text, fps=fps)
    raise SourceError(f"there is no file or folder {text}")


def _open_folder(path: Path, *, fps: float) -> Source:
    # benchmarks keep a clip's images in img/, beside its boxes
    folder = path if image_files(path.iterdir()) or not (path / "img").is_dir() else path / "img"
    return ImageSource(str(path), folder.iterdir(), fps=fps)


def _open_file(path: Path, *, fps: float) -> Source:
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return ImageSource(str(path), [path], fps=fps)
    capture = cv2.VideoCapture(str(path))
    if not capture.isOpened():
        raise SourceError(
            f"{path} cannot be opened: no video, truncated, or a codec this OpenCV does not know"
        )
    return VideoSource(str(path), capture, fps=fps)


def _open_pattern(text: str, *, fps: float) -> Source:
    # Path.glob takes no absolute patterns
    paths = [Path(name) for name in glob.glob(text, recursive=True)]  # noqa: PTH207
    if not paths:
        raise SourceError(f"nothing matches {text}")
    if len(paths) == 1 and paths[0].is_file():
        return _open_file(paths[0], fps=fps)
    return ImageSource(text, paths, fps=fps)


def _capture_camera(index: int) -> cv2.VideoCapture:
    capture = cv2.VideoCapture(index)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # a queue in the driver would age the frames
    return capture


def _capture_url(url: str) -> cv2.VideoCapture:
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, cv2.CAP_PROP_READ_TIMEOUT_MSEC]
    options = [value for limit in limits for value in (limit, _TIMEOUT_MS)]
    return cv2.VideoCapture(url, cv2.CAP_FFMPEG, options)


def _open_camera(index: int, *, fps: float, policy: LivePolicy) -> Source:
    capture = _capture_camera(index)
    if not capture.isOpened():
        raise SourceError(f"camera {index} cannot be opened: not there, in use, or not permitted")
    return LiveSource(f"camera {index}", capture, partial(_capture_camera, index), policy, fps=fps)


def without_password(url: str) -> str:
    """Hide the user and password of a URL, which would end up in logs.

    >>> without_password("rtsp://me:secret@camera/live")
    'rtsp://***@camera/live'
    """
    return re.sub(r"//[^/]*@", "//***@", url)  # up to the last: passwords may hold one, too


def _open_url(url: str, *, fps: float, policy: LivePolicy) -> Source:
    name = without_password(url)
    capture = _capture_url(url)
    if not capture.isOpened():
        raise SourceError(f"{name} cannot be opened: no answer, refused, or not a video")
    if frame_count(capture) is not None:  # it has an end: a file on a server
        return VideoSource(name, capture, fps=fps)
    return LiveSource(name, capture, partial(_capture_url, url), policy, fps=fps)
