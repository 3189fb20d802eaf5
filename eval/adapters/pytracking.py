"""This project's trackers for visionml/pytracking, of which nothing is imported.

`eval.adapters.install` writes two small files into a checkout of it that name what is here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from eval.contestant import Contestant
from tracker import load

Image = NDArray[np.uint8]


class Visdom(Protocol):
    """What is needed of pytracking's viewer."""

    def register(self, data: Any, mode: str, debug_level: int, title: str, /) -> None:
        """Show something."""
        ...


class Parameters:
    """Which network runs; pytracking adds settings of its own as attributes."""

    def __init__(
        self,
        model: str,
        *,
        engine: str = "onnx",
        device: str = "cpu",
        threads: int | None = None,
        precision: str | None = None,
        full_search: bool = False,
    ) -> None:
        """Choose a network.

        Args:
            model: a packaged model or a folder of weights.
            engine: what runs it.
            device: where it runs.
            threads: CPU threads of the engine; None leaves it to the engine.
            precision: of the engine; None for its usual one.
            full_search: look for calm targets in the large search region, too.
        """
        self.model = model
        self.engine = engine
        self.device = device
        self.threads = threads
        self.precision = precision
        self.full_search = full_search
        self.debug = 0
        self.visualization = False

    def get(self, name: str, default: Any = None) -> Any:
        """Look a setting up, as pytracking does."""
        return vars(self).get(name, default)


class PytrackingTracker:
    """Has the manners of pytracking's `BaseTracker`, for one target; pytracking makes several."""

    multiobj_mode = "parallel"
    predicts_segmentation_mask = False

    def __init__(self, params: Parameters) -> None:
        """Load the network.

        Raises:
            TrackerError: there is no such model, engine or device.
        """
        self.params = params
        self.visdom: Visdom | None = None
        self._tracker: Contestant = load(
            params.model,
            engine=params.engine,  # type: ignore[arg-type]  # any text: load names what it has
            device=params.device,
            threads=params.threads,
            precision=params.precision,  # type: ignore[arg-type]  # likewise
            full_search=params.full_search,
            colour="rgb",
        )

    def initialize(self, image: Image, info: Mapping[str, Any]) -> dict[str, Any]:
        """Start on a frame (H, W, 3) RGB with `info["init_bbox"]`, xywh in pixels."""
        x, y, w, h = map(float, info["init_bbox"])
        self._tracker.init(image, (x, y, w, h))
        return {"target_bbox": [x, y, w, h], "object_presence_score": 1.0}

    def track(self, image: Image, info: Mapping[str, Any] | None = None) -> dict[str, Any]:  # noqa: ARG002
        """Find the target in the next frame: `target_bbox` xywh and `object_presence_score`."""
        found = self._tracker.update(image)
        box = found.box
        return {
            "target_bbox": [box.x, box.y, box.w, box.h],
            "object_presence_score": found.score,
        }

    def visdom_draw_tracking(self, image: Image, box: Any, segmentation: Any = None) -> None:
        """Show a frame and its box in pytracking's viewer, if it runs."""
        if self.visdom is not None:
            shown = (image, box) if segmentation is None else (image, box, segmentation)
            self.visdom.register(shown, "Tracking", 1, "Tracking")
