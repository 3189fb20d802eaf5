"""The protocols by name, and scoring under one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from eval.errors import ProtocolError, ResultsError
from eval.protocols.average import left_out, mean_curves, mean_values
from eval.protocols.base import Protocol
from eval.protocols.got10k import GOT10K
from eval.protocols.lasot import LASOT
from eval.protocols.otb import OTB
from eval.protocols.plain import PLAIN
from eval.protocols.pysot import PYSOT
from eval.protocols.pytracking import PYTRACKING, PYTRACKING_OLD
from eval.protocols.scores import Scores, SequenceScore
from eval.protocols.trackingnet import TRACKINGNET
from eval.sequence import Sequence

__all__ = ["PROTOCOLS", "Protocol", "Scores", "SequenceScore", "lookup", "score"]

PROTOCOLS: Mapping[str, Protocol] = MappingProxyType(
    {
        each.name: each
        for each in (LASOT, GOT10K, PYTRACKING, PYTRACKING_OLD, PYSOT, OTB, TRACKINGNET, PLAIN)
    }
)


def lookup(name: str) -> Protocol:
    """Find a protocol by name.

    Raises:
        ProtocolError: there is none of that name.
    """
    if name not in PROTOCOLS:
        raise ProtocolError(f"no protocol {name!r}; there are: {', '.join(sorted(PROTOCOLS))}")
    return PROTOCOLS[name]


def score(
    sequences: Iterable[Sequence],
    results: Mapping[str, NDArray[np.float64]],
    protocol: str,
    *,
    partial: bool = False,
) -> Scores:
    """Score boxes against the truth of their sequences.

    Args:
        sequences: what was to be tracked.
        results: name -> boxes (T, 4) xywh in the official coordinates (`Sequence.to_official`), or
            (R, T, 4) for R runs of a tracker that is not deterministic, whose scores are averaged.
        protocol: whose arithmetic, a name of PROTOCOLS.
        partial: leave sequences without a result out, and list them, instead of failing.

    Raises:
        ProtocolError: there is no such protocol.
        ResultsError: a result is missing, or cannot be scored by this protocol; or all sequences
            are such as the protocol leaves out.
    """
    chosen = lookup(protocol)
    table: dict[str, SequenceScore] = {}
    attributes: dict[str, list[SequenceScore]] = {}
    missing: dict[str, str] = {}
    unfit: dict[str, str] = {}
    for sequence in sequences:
        if sequence.name not in results:
            missing[sequence.name] = "no result"
            continue
        reason = chosen.check(sequence)
        if reason:
            unfit[sequence.name] = reason
            continue
        boxes = sequence.without_omitted(results[sequence.name])
        found = _measure(chosen, sequence, boxes)
        table[sequence.name] = found
        for attribute in sorted(sequence.attributes):
            attributes.setdefault(attribute, []).append(found)
    if missing and not partial:
        raise ResultsError(f"no result for {len(missing)} sequences, such as {next(iter(missing))}")
    if not table and unfit:
        name, reason = next(iter(unfit.items()))
        raise ResultsError(f"{name}: {reason}, so there is nothing to score")
    if not table:
        raise ResultsError("there is no sequence with a result")
    return _summed(chosen, table, attributes, missing | unfit)


def _summed(
    protocol: Protocol,
    table: Mapping[str, SequenceScore],
    attributes: Mapping[str, list[SequenceScore]],
    dropped: Mapping[str, str],
) -> Scores:
    """Add the means over all sequences and over those of each attribute."""
    every = list(table.values())
    return Scores(
        protocol=protocol.name,
        thresholds=protocol.thresholds,
        overall=mean_values(every, protocol),
        curves=mean_curves(every, protocol),
        sequences=table,
        attributes={
            name: mean_values(group, protocol) for name, group in sorted(attributes.items())
        },
        dropped={**dropped, **left_out(table, protocol)},
    )


def _measure(protocol: Protocol, sequence: Sequence, boxes: NDArray[np.float64]) -> SequenceScore:
    """Measure one run, or average several."""
    runs = [protocol.measure(sequence, run) for run in (boxes if boxes.ndim == 3 else [boxes])]
    return SequenceScore(
        values={
            name: float(np.mean([run.values[name] for run in runs])) for name in runs[0].values
        },
        curves={
            name: np.mean([run.curves[name] for run in runs], axis=0) for name in runs[0].curves
        },
        frames=runs[0].frames,
        absent=runs[0].absent,
        weight=sum(run.frames for run in runs) if protocol.pools_frames else 1,
    )
