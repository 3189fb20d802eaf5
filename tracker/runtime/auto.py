"""The fastest engine here that gives the same answers: measured once, then remembered."""

from __future__ import annotations

import json
import logging
import platform
from dataclasses import dataclass
from pathlib import Path

from tracker.errors import EngineError
from tracker.runtime.cache import Key, recall, remember
from tracker.runtime.cuda import Cuda, gpu_index
from tracker.runtime.engines import Place
from tracker.runtime.graphs import Precision, matching
from tracker.runtime.packages import installed
from tracker.runtime.trials import measure
from tracker.weights import Card

_log = logging.getLogger(__name__)

# whose versions decide what is the fastest
_PACKAGES = ("lowtrack", "onnxruntime*", "openvino", "torch", "triton", "tensorrt*")


@dataclass(frozen=True, slots=True)
class Choice:
    """What was picked, and on what grounds."""

    engine: str
    ms: dict[str, float]  # of a `match` in each size of crops, for every engine that could be used
    remembered: bool  # from an earlier time

    def __str__(self) -> str:
        times = ", ".join(f"{name} {ms:.1f} ms" for name, ms in self.ms.items())
        when = "measured before" if self.remembered else "measured now"
        return f"engine {self.engine} ({when}: {times})"


def choose(folder: Path, card: Card, place: Place, precision: Precision | None = None) -> Choice:
    """Pick an engine; say so in the log of this module, at level INFO.

    The first time takes some seconds. Changed packages, weights, device, GPU, threads, precision
    or sizes of search regions mean another first time. A cache that cannot be written is told in
    the log.

    Args:
        folder: of the model.
        card: of the model.
        place: where it is to run.
        precision: engines that have not got it are left out; None for each one's usual.

    Raises:
        EngineError: if no engine works on the device.
    """
    key = _key(card, place, precision)
    known = recall("choice", key)
    if known is not None:
        values = json.loads(bytes(known))
        choice = Choice(values["engine"], values["ms"], remembered=True)
    else:
        ms = measure(folder, card, place, precision)
        choice = Choice(min(ms, key=lambda name: ms[name]), ms, remembered=False)
        try:
            remember("choice", key, json.dumps({"engine": choice.engine, "ms": choice.ms}).encode())
        except OSError as error:
            _log.warning("the choice of engine cannot be remembered: %s", error)
    _log.info("%s", choice)
    return choice


def _key(card: Card, place: Place, precision: Precision | None) -> Key:
    return {
        "weights": card.sha256,
        "device": place.device,
        "gpu": _gpu(place.device),
        "threads": str(place.threads),
        "precision": str(precision),
        "sizes": str(tuple(matching(card.tracking))),
        "machine": f"{platform.node()} {platform.machine()}",
        **installed(*_PACKAGES),
    }


def _gpu(device: str) -> str:
    if device.partition(":")[0] != "cuda":
        return "none"
    try:
        gpu = Cuda(gpu_index(device)).gpu
    except EngineError as error:
        _log.info("%s", error)  # the engines are asked nevertheless
        return "unknown"
    return f"{gpu.name} {gpu.capability[0]}.{gpu.capability[1]}"
