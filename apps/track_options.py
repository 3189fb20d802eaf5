"""The options of `track`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from apps.command import CommandError, CommandParser
from apps.init_box import add_box_options, chosen_box
from apps.model_options import ModelOptions, add_model_options, model_options, number
from apps.outputs import check_outputs
from apps.recorder import CODECS, partial_path
from apps.results import STDOUT
from tracker import Box


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackOptions:
    """What the user asked for."""

    source: str
    model: ModelOptions
    first_box: Box | None  # pixels of the first frame; None: dragged on screen
    save: Path | None
    results: Path | None
    headless: bool
    max_frames: int | None
    profile: bool
    fps: float
    patience_s: float
    wait_s: float


def _add_output(parser: CommandParser) -> None:
    output = parser.add_argument_group("output")
    output.add_argument(
        "--save", type=Path, metavar="FILE", help=f"video with overlay: {', '.join(CODECS)}"
    )
    output.add_argument("--results", type=Path, metavar="FILE", help="boxes as CSV; - for stdout")
    output.add_argument("--headless", action="store_true", help="open no window")
    output.add_argument("--profile", action="store_true", help="show where the time went")


def _add_limits(parser: CommandParser) -> None:
    limits = parser.add_argument_group("limits")
    limits.add_argument(
        "--max-frames", type=number(int, 1), metavar="N", help="stop after N frames"
    )
    limits.add_argument(
        "--fps",
        type=number(float, 0.1),
        default=30.0,
        help="frames per second of a source that tells none, like images (default: 30)",
    )
    limits.add_argument(
        "--patience",
        type=number(float, 0.1),
        default=30.0,
        metavar="SECONDS",
        help="how long to wait for a camera that dropped out (default: 30)",
    )
    limits.add_argument(
        "--wait",
        type=number(float, 0),
        default=0.0,
        metavar="SECONDS",
        help="how long to wait for a camera that is not there yet (default: 0)",
    )


def _parser() -> CommandParser:
    parser = CommandParser(
        prog="lowtrack track",
        description="Follow one target through a video, a camera, images or a stream.",
        epilog="In the window: drag a box around the target; s holds the picture for that, r "
        "forgets the target, space pauses, n goes one frame on, q or ESC quits.",
    )
    parser.add_argument(
        "--source",
        required=True,
        metavar="WHAT",
        help="camera (0, /dev/video0), video file, image, folder or pattern of images, URL (RTSP, "
        "HTTP), or GStreamer pipeline",
    )
    add_box_options(parser)
    add_model_options(parser)
    _add_output(parser)
    _add_limits(parser)
    return parser


def parse_track_options(argv: list[str] | None) -> TrackOptions:
    """Read a command line.

    Raises:
        CommandError: if it makes no sense.
    """
    args = _parser().parse_args(argv)
    first_box = chosen_box(args)
    if args.headless and first_box is None:
        raise CommandError("--headless needs --init-box x,y,w,h or --init-file FILE")
    inputs = [path for path in (Path(args.source), args.init_file) if path is not None]
    outputs = [path for path in (args.save, args.results) if path not in (None, STDOUT)]
    check_outputs(outputs, inputs)
    if args.save is not None:
        check_outputs([partial_path(args.save)], inputs)
    return TrackOptions(
        source=args.source,
        model=model_options(args),
        first_box=first_box,
        save=args.save,
        results=args.results,
        headless=args.headless,
        max_frames=args.max_frames,
        profile=args.profile,
        fps=args.fps,
        patience_s=args.patience,
        wait_s=args.wait,
    )
