"""Go through a clip once, all contestants side by side."""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from apps.camera_reader import LivePolicy
from apps.model_options import hear_engine
from apps.open_source import open_source
from apps.profile_clip import write_clip
from apps.profile_contest import Contest, Floats
from apps.profile_energy import Meter, meter
from apps.profile_entrants import Block, Stepped, turns
from apps.profile_options import ProfileOptions
from apps.progress import Progress
from apps.source import Frame, Source, SourceError
from tracker import Box, Estimate
from tracker.loading import Model, open_model


@dataclass(frozen=True, eq=False)
class Measured:
    """What a run came to; the frames that warmed up are left out.

    Attributes:
        model: what was measured.
        name: of the source.
        size: width and height of its frames, pixels.
        steps: seconds of every step for every frame, (T,) each: read, crop, network,
            decode, remember, draw.
        contest: the contestants' times.
        estimates: the tracker's, one a frame.
        meter: of the energy in `contest.joules`; None if there is none.
    """

    model: Model
    name: str
    size: tuple[int, int]
    steps: dict[str, Floats]
    contest: Contest[Block]
    estimates: list[Estimate]
    meter: Meter | None

    @property
    def frames(self) -> int:
        """How many were measured."""
        return len(self.estimates)

    @property
    def states(self) -> Counter[str]:
        """How often the tracker was sure, was not, or had lost the target."""
        return Counter(estimate.state for estimate in self.estimates)


def measure(options: ProfileOptions) -> Measured:
    """Measure as the user wants it.

    Raises:
        TrackerError: if the source, the network or a contestant cannot be used.
    """
    hear_engine(options.model)
    model = open_model(
        options.model.model,
        engine=options.model.engine,  # type: ignore[arg-type]  # any text: it names those it has
        device=options.model.device,
        threads=options.model.threads,
        precision=options.model.precision,  # type: ignore[arg-type]  # likewise
        full_search=options.model.full_search,
    )
    if options.model.threads is not None:
        cv2.setNumThreads(options.model.threads)  # crops, drawing and OpenCV's trackers
    policy = LivePolicy()
    with TemporaryDirectory(prefix="lowtrack-") as folder:
        name, box = options.source, options.first_box
        if name is None or box is None:
            count = options.frames + options.block + 1
            path, box = write_clip(Path(folder), frames=count, size=options.size)
            name = str(path)
        with closing(open_source(name, fps=30, policy=policy)) as source:
            if source.live:
                raise SourceError(
                    f"{source.name} comes at its own pace: record it, and profile the file"
                )
            return _follow(options, model, source, box)


class _Reader:
    """Reads blocks of frames, and notes how long each frame takes."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.seconds: list[float] = []

    def block(self, count: int) -> Block:
        block: Block = []
        while len(block) < count:
            start = time.perf_counter()
            item = self._source.read()
            if not isinstance(item, Frame):
                break
            self.seconds.append(time.perf_counter() - start)
            block.append(item.pixels)
        return block


def _follow(options: ProfileOptions, model: Model, source: Source, box: Box) -> Measured:
    reader = _Reader(source)
    first = reader.block(1)
    if not first:
        raise SourceError(f"{source.name}: no frame could be read")
    stepped = Stepped(model, first[0], box)
    entrants = turns(options, model, stepped, first[0], box)
    warm = reader.block(options.block)
    Contest(entrants).round(warm)
    stepped.draw(warm)
    seen = len(warm)
    energy = meter(options.model.device)
    contest = Contest(entrants, joules=None if energy is None else energy.read)
    with closing(Progress(options.frames, sys.stderr)) as progress:
        done = 0
        while block := reader.block(min(options.block, options.frames - done)):
            contest.round(block)
            stepped.draw(block)
            done += len(block)
            progress.update(done)
    if not done:
        raise SourceError(f"{source.name} has {seen + 1} frames; all of them went to warming up")
    crop, network, decode, again = np.array(stepped.seconds[seen:]).T
    return Measured(
        model,
        "painted clip" if options.source is None else source.name,
        (first[0].shape[1], first[0].shape[0]),
        {
            "read": np.array(reader.seconds[1 + seen :]),
            "crop": crop,
            "network": network,
            "decode": decode,
            "remember": again,
            "draw": np.array(stepped.drawing[seen:]),
        },
        contest,
        stepped.estimates[seen:],
        energy,
    )
