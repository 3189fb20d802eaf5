"""From what the user typed to a source."""

from __future__ import annotations

import glob
from collections.abc import Callable
from pathlib import Path

import cv2

from apps.camera_reader import LivePolicy
from apps.command import check_name
from apps.image_source import IMAGE_SUFFIXES, ImageSource, image_files
from apps.open_live import Live, open_live
from apps.source import Source, SourceError
from apps.video_source import VideoSource


def open_source(
    text: str,
    *,
    fps: float,
    policy: LivePolicy,
    wait: Callable[[str, int], bool] = lambda _name, _attempt: True,
) -> Source:
    """Open a camera, URL, pipeline, file, folder of images, or pattern.

    Args:
        text: what the user typed; a path that exists wins over any other meaning.
        fps: frames per second where the source tells none.
        policy: how long to bear with a live source.
        wait: asked, with a name and the number of failed attempts, whether to try on for a live
            source that is not there yet.

    Raises:
        CommandError: if there is nothing of that name, or it cannot be opened.
    """
    path = Path(text)
    if not text:
        raise SourceError("the source is empty: give a camera, file, folder, pattern or URL")
    if _exists(path) and not path.is_char_device():
        return _open_folder(path, fps=fps) if path.is_dir() else _open_file(path, fps=fps)
    source = open_live(text, Live(fps, policy, wait))
    if source is not None:
        return source
    if glob.has_magic(text):
        return _open_pattern(text, fps=fps)
    raise SourceError(f"there is no file or folder {text}")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # pipelines are long for a name
        return False


def _open_folder(path: Path, *, fps: float) -> Source:
    # benchmarks keep a clip's images in img/, beside its boxes
    folder = path if image_files(path.iterdir()) or not (path / "img").is_dir() else path / "img"
    return ImageSource(str(path), folder.iterdir(), fps=fps)


def _open_file(path: Path, *, fps: float) -> Source:
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return ImageSource(str(path), [path], fps=fps)
    check_name(str(path))
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
