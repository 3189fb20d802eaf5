"""Pictures into a video file that appears under its name when it is complete."""

from __future__ import annotations

from pathlib import Path

import cv2

from apps.command import CommandError, check_name
from apps.letterbox import even_size, letterboxed
from apps.source import Image

# what OpenCV's own FFmpeg writes everywhere; H.264 is not among it
CODECS = {".mp4": "mp4v", ".m4v": "mp4v", ".mov": "mp4v", ".mkv": "mp4v", ".avi": "MJPG"}


def check_video_path(path: Path) -> None:
    """Make the folder of a video to be written.

    Raises:
        CommandError: if the kind of video or the name cannot be used, or the folder cannot be made.
    """
    if path.suffix.lower() not in CODECS:
        raise CommandError(f"{path}: the name of a video ends in {', '.join(CODECS)}")
    check_name(str(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from error


def partial_path(path: Path) -> Path:
    """Where a video is written until it is complete."""
    return path.with_name(f"{path.stem}.partial{path.suffix}")


class Recorder:
    """Writes a video; its frames have the size of the first picture.

    It is written under a temporary name beside its own, and renamed by `close` once it is known to
    be whole: an older video of that name is not lost to a full disk or a killed run.
    """

    def __init__(self, path: Path, *, fps: float) -> None:
        """Prepare to write; nothing is created before the first picture.

        Raises:
            CommandError: if the name cannot be that of a video.
        """
        check_video_path(path)
        self.path = path
        self.frames = 0
        self._fps = fps
        self._partial = partial_path(path)
        self._writer: cv2.VideoWriter | None = None
        self._size = (0, 0)  # width, height
        self._last: Image | None = None

    def write(self, picture: Image) -> None:
        """Add one picture; one of another size than the first is fitted in.

        Raises:
            CommandError: if the video cannot be written.
        """
        if self._writer is None:
            self._writer = self._open(picture)
        self._writer.write(letterboxed(picture, self._size))
        self._last = picture
        self.frames += 1

    def write_at(self, picture: Image, time_s: float) -> None:
        """Add a picture where a time falls; the one before it is held until then.

        So the video of a live source runs at the speed of life, whatever was skipped.
        """
        due = int(time_s * self._fps) + 1 - self.frames
        held = picture if self._last is None else self._last
        for _ in range(due - 1):
            self.write(held)
        if due > 0:
            self.write(picture)

    def _open(self, picture: Image) -> cv2.VideoWriter:
        self._size = even_size(picture.shape[1], picture.shape[0])
        codec = cv2.VideoWriter.fourcc(*CODECS[self.path.suffix.lower()])
        writer = cv2.VideoWriter(str(self._partial), codec, self._fps, self._size)
        if not writer.isOpened():
            raise CommandError(f"{self.path} cannot be written as a video by this OpenCV")
        return writer

    def close(self) -> None:
        """Finish the video, look whether it is whole, and give it its name.

        Raises:
            CommandError: if the file is not readable or lacks frames: a full disk, mostly.
        """
        if self._writer is None:
            return
        self._writer.release()
        self._writer = None
        check = cv2.VideoCapture(str(self._partial))
        written = int(check.get(cv2.CAP_PROP_FRAME_COUNT)) if check.isOpened() else 0
        check.release()
        if written != self.frames:
            raise CommandError(
                f"{self._partial} holds {written} of {self.frames} frames: is the disk full?"
            )
        self._partial.replace(self.path)
