"""Follow one target through a video, a camera, images or a stream."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__" and not __package__:
    # run as a file: apps/ comes first then, and its profile.py would hide the standard library's
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from contextlib import ExitStack, closing

from apps.camera_reader import LivePolicy
from apps.command import EXIT_BROKE_OFF, EXIT_OK, complain, guarded, say_no_more
from apps.controls import Controls
from apps.follow import Follower
from apps.interrupts import Interrupts
from apps.live_recorder import LiveRecorder
from apps.model_options import load_tracker
from apps.open_source import open_source
from apps.progress import Progress
from apps.quiet import quiet_opencv
from apps.recorder import Recorder
from apps.results import STDOUT, ResultsFile
from apps.session import Session, Sinks
from apps.source import Source, SourceBrokeError, SourceError
from apps.track_options import TrackOptions, parse_track_options
from apps.window import Window, check_display

NAME = "lowtrack track"


def _prepare(
    options: TrackOptions, source: Source, interrupts: Interrupts, stack: ExitStack
) -> Session:
    """Open the outputs and the window, load the network; `stack` closes all of it."""
    kind = LiveRecorder if source.live else Recorder
    recorder = None if options.save is None else kind(options.save, fps=source.fps)
    follower = Follower(load_tracker(options.model))
    results = None if options.results is None else ResultsFile(options.results)
    stack.enter_context(closing(Sinks(recorder, results)))
    controls = None
    if not options.headless:
        window = stack.enter_context(closing(Window(f"LowTrack - {source.name}")))
        selecting = options.first_box is None and not source.live
        controls = Controls(window, follower, lambda: interrupts.requested, selecting=selecting)
    total = source.total
    if total is not None and options.max_frames is not None:
        total = min(total, options.max_frames)
    progress = stack.enter_context(closing(Progress(total, sys.stderr)))
    sinks = Sinks(recorder, results, controls)
    return Session(source, follower, sinks, progress, lambda text: complain(NAME, text))


def summary(options: TrackOptions, source: Source, session: Session) -> str:
    """Say in a few lines what a run came to."""
    tally, times = session.tally, session.times
    states = ", ".join(f"{n} {state}" for state, n in tally.states.most_common()) or "no target"
    lines = [
        f"{source.name}: {tally.frames} frames: {states}; mean score {tally.mean_score:.2f}",
        f"{tally.frames / max(times.total_s, 1e-9):.1f} fps in all, {times.rate('track'):.1f} fps "
        f"tracking alone ({options.model.model} on {session.engine}, {options.model.device})",
        *source.notes(),
    ]
    if options.save is not None and tally.frames:
        lines.append(f"video: {options.save}")
    if options.results is not None and tally.frames:
        lines.append(f"boxes: {options.results} ({tally.states.total()} rows)")
    if options.profile:
        lines.append(session.times.table())
    return "\n".join(lines)


def _run(options: TrackOptions, interrupts: Interrupts) -> int:
    broke: SourceBrokeError | None = None
    if not options.headless:
        check_display()
    with ExitStack() as stack:
        policy = LivePolicy(patience_s=options.patience_s, wait_s=options.wait_s)

        def wait(name: str, attempt: int) -> bool:
            if attempt == 1 and options.wait_s:
                complain(NAME, f"{name} is not there yet: waiting")
            return not interrupts.requested

        source = open_source(options.source, fps=options.fps, policy=policy, wait=wait)
        stack.enter_context(closing(source))
        session = _prepare(options, source, interrupts, stack)
        try:
            session.run(options.first_box, options.max_frames, lambda: interrupts.requested)
        except SourceBrokeError as error:
            broke = error
    if not (session.tally.frames or session.quit or interrupts.requested):
        raise broke or SourceError(f"{source.name}: no frame could be read")
    if broke is not None:
        complain(NAME, broke)
    # boxes alone, where those go to the standard output
    print(
        summary(options, source, session),
        file=sys.stderr if options.results == STDOUT else sys.stdout,
        flush=True,
    )
    return interrupts.exit_code or (EXIT_OK if broke is None else EXIT_BROKE_OFF)


def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    quiet_opencv()

    def body() -> int:
        options = parse_track_options(argv)
        with Interrupts() as interrupts:
            try:
                return _run(options, interrupts)
            except (SourceError, OSError):
                if not interrupts.requested:
                    raise
                say_no_more()  # while it waited for a source, or with a terminal that is gone
                return interrupts.exit_code

    return guarded(NAME, body)


if __name__ == "__main__":
    sys.exit(main())
