"""A tracker for the VOT toolkit, over the TraX protocol. Needs vot-trax (the extra `vot`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eval.adapters.vot_targets import Targets
from eval.contestant import Contestant, Xywh
from eval.errors import ContestantError
from eval.picture import read_picture
from tracker import TrackerError


def serve_trax(make: Callable[[], Contestant], name: str) -> None:
    """Answer the toolkit until it quits: a box and a confidence for every target and frame.

    Args:
        make: gives a tracker that takes BGR frames; called once for every target.
        name: told to the toolkit.

    Raises:
        ContestantError: vot-trax is not installed.
        BenchmarkError: a picture is missing or damaged.
    """
    try:
        import trax  # noqa: PLC0415
    except ImportError as error:
        raise ContestantError("TraX needs vot-trax: pip install 'lowtrack[vot]'") from error
    formats = [trax.Region.RECTANGLE], [trax.Image.PATH]
    try:
        server = trax.Server(*formats, tracker_name=name, multiobject=True)
        _answer(trax, server, Targets(make))
    except trax.TraxException as error:
        raise ContestantError(f"the talk with the VOT toolkit broke off: {error}") from error


def _answer(trax: Any, server: Any, targets: Targets) -> None:
    """Answer requests until the toolkit quits; tell it if that is not possible."""
    while True:
        request = server.wait()
        if request.type not in {trax.TraxStatus.INITIALIZE, trax.TraxStatus.FRAME}:
            return
        if request.type == trax.TraxStatus.INITIALIZE:
            targets.clear()
        try:
            frame = read_picture(request.image["color"].path())
            answers = targets.update(frame)
            answers += targets.add(frame, map(_box, request.objects or []))
        except TrackerError as error:
            server.quit(reason=str(error))
            raise
        told = [(trax.Rectangle.create(*box), {"confidence": score}) for box, score in answers]
        server.status(told)


def _box(given: Any) -> Xywh:
    """Read the box of one of TraX's objects."""
    x, y, w, h = given[0].bounds()
    return x, y, w, h
