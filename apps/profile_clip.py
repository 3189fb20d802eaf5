"""The clip that is profiled on when no other is given."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from apps.recorder import Recorder
from apps.render import PaintedScene, Scene
from tracker import Box


def write_clip(folder: Path, *, frames: int, size: tuple[int, int]) -> tuple[Path, Box]:
    """Paint a clip, and write it as a video, so that reading it costs what reading costs.

    Args:
        folder: where to write.
        frames: how many.
        size: width and height, pixels.

    Returns:
        the file, and the target's box in its first frame.

    Raises:
        CommandError: if the video cannot be written.
    """
    width, height = size
    scale = height / 360  # of a scene as it comes
    scene = Scene(
        width=width,
        height=height,
        frames=frames,
        target=(78.0 * scale, 58.0 * scale),
        pole_width=26.0 * scale,
    )
    painter = PaintedScene(scene)
    path = folder / "painted.mp4"
    with closing(Recorder(path, fps=scene.fps)) as recorder:
        for index in range(frames):
            recorder.write(painter.frame(index).pixels)
    return path, painter.truth(0)
