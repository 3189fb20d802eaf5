"""OpenVINO, in fp32, in bfloat16, or with quantised matching.

One crop has graphs of its own: where the number of crops is left open, each layer asks for it anew,
and that is a tenth of a call.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.maps import HeadMaps
from tracker.runtime import BatchRuntime, Memory, Pixels
from tracker.runtime.graphs import Part, Precision, find_graph, matching, of_size
from tracker.runtime.openvino_graph import Graph, open_device
from tracker.weights import Card

_ONE_BY_ONE = 2  # crops up to which the graph for one is as quick as that for many


class OpenVinoRuntime(BatchRuntime):
    """Runs a model's exported graphs."""

    def __init__(
        self,
        folder: Path,
        card: Card,
        *,
        device: str = "cpu",
        threads: int | None = None,
        precision: Precision = "fp32",
    ) -> None:
        place = open_device(device, threads, precision)
        self._sizes = matching(card.tracking)
        parts: tuple[Part, ...] = ("encode", *self._sizes.values())

        def graphs(*, many: bool) -> dict[Part, Graph]:
            def graph(part: Part) -> Graph:
                path = find_graph(folder, part, precision, "openvino")
                return Graph(place, path, {"weights": card.sha256}, many=many)

            # each takes a tenth of a second, in which one thread does most
            with ThreadPoolExecutor(threads) as pool:
                return dict(zip(parts, pool.map(graph, parts), strict=True))

        self._graphs = graphs
        self._one = graphs(many=False)
        self._many: dict[Part, Graph] = {}
        self._lock = threading.Lock()  # a graph serves one call at a time

    def encode(self, templates: Pixels) -> Memory:
        """See `Runtime`."""
        return self._answers("encode", [templates])[0]

    def stack(self, memories: Sequence[Memory]) -> Memory:
        """See `Runtime`."""
        return memories[0] if len(memories) == 1 else np.concatenate(list(memories))

    def match(self, memory: Memory, searches: Pixels) -> HeadMaps:
        """See `Runtime`."""
        part = of_size(self._sizes, searches.shape[1])
        return HeadMaps(*self._answers(part, [memory, searches]))

    def prepare_many(self) -> None:
        """See `BatchRuntime`."""
        with self._lock:
            if not self._many:
                self._many = self._graphs(many=True)

    def _answers(self, part: Part, given: list[NDArray[Any]]) -> list[NDArray[Any]]:
        crops = len(given[0])
        if crops > _ONE_BY_ONE:
            self.prepare_many()
            with self._lock:
                return self._many[part].run(given)
        with self._lock:
            graph = self._one[part]
            each = [graph.run([its[n : n + 1] for its in given]) for n in range(crops)]
        return each[0] if crops == 1 else [np.concatenate(maps) for maps in zip(*each, strict=True)]
