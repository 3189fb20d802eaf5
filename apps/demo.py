"""Paint a short clip, follow its target with the packaged network, and compare with the truth."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__" and not __package__:
    # run as a file: apps/ comes first then, and its profile.py would hide the standard library's
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from contextlib import closing
from dataclasses import dataclass

import numpy as np

from apps.command import EXIT_OK, CommandParser, complain, guarded
from apps.follow import Follower, Tracker
from apps.model_options import add_model_options, load_tracker, model_options, number
from apps.overlay import Overlay, draw
from apps.quiet import quiet_opencv
from apps.recorder import Recorder
from apps.render import PaintedScene, Scene
from apps.results import ResultsFile
from apps.step_times import StepTimes
from tracker.box import iou

NAME = "lowtrack demo"
EXIT_POOR = 1  # it ran, and followed badly
LEAST_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Score:
    """How well the target was followed."""

    mean_iou: float  # over all frames but the first, whose box was given
    fps: float  # tracking alone
    frames: int


def follow_scene(scene: Scene, tracker: Tracker, folder: Path) -> Score:
    """Paint `scene`, follow its target, and write demo.mp4 and demo.csv into `folder`.

    Raises:
        TrackerError: if the tracker fails, or a file cannot be written.
    """
    painter = PaintedScene(scene)
    follower = Follower(tracker)
    times = StepTimes()
    overlaps = []
    with (
        closing(Recorder(folder / "demo.mp4", fps=scene.fps)) as recorder,
        closing(ResultsFile(folder / "demo.csv")) as results,
    ):
        for index in range(scene.frames):
            frame, truth = painter.frame(index), painter.truth(index)
            if index == 0:
                estimate = follower.select(frame.pixels, truth)
            else:
                with times.measure("track"):
                    estimate = follower.track(frame.pixels)
                overlaps.append(iou(estimate.box, truth))
            results.write(frame, estimate)
            status = f"{times.rate('track'):.0f} fps  frame {index + 1}/{scene.frames}"
            recorder.write(draw(frame.pixels, Overlay(estimate, follower.trail, status)))
    fps = len(overlaps) / max(times.total_s, 1e-9)
    return Score(float(np.mean(overlaps)), fps, scene.frames)


def _demo(argv: list[str] | None) -> int:
    parser = CommandParser(prog=NAME, description=__doc__)
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("out"),
        metavar="FOLDER",
        help="for demo.mp4 and demo.csv (default: out)",
    )
    parser.add_argument(
        "--frames", type=number(int, 2), default=150, metavar="N", help="to paint (default: 150)"
    )
    parser.add_argument(
        "--seed", type=number(int, 0), default=7, metavar="N", help="of the clip (default: 7)"
    )
    add_model_options(parser)
    args = parser.parse_args(argv)
    options, folder = model_options(args), args.out
    scene = Scene(frames=args.frames, seed=args.seed)
    loaded = load_tracker(options)
    score = follow_scene(scene, loaded, folder)
    print(
        f"demo: {score.frames} frames, mean IoU {score.mean_iou:.3f}, {score.fps:.1f} fps "
        f"({options.model} on {loaded.engine}, {options.device}): "
        f"{folder / 'demo.mp4'}, {folder / 'demo.csv'}"
    )
    if score.mean_iou >= LEAST_IOU:
        return EXIT_OK
    complain(NAME, f"the target was not followed: mean IoU is below {LEAST_IOU}")
    return EXIT_POOR


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    quiet_opencv()
    return guarded(NAME, lambda: _demo(argv))


if __name__ == "__main__":
    sys.exit(main())
