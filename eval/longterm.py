"""Long-term measures, which ask whether the target is there: VOT-LT's F-score and OxUvA's."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from eval.errors import ResultsError
from eval.metrics import overlaps
from eval.protocols import Scores, SequenceScore
from eval.protocols.base import need_length
from eval.sequence import Sequence

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

RESOLUTION = 100
PRESENT = 0.5
FOUND = 0.5


def score_vot_lt(
    sequences: Iterable[Sequence], results: Mapping[str, Floats], confidences: Mapping[str, Floats]
) -> Scores:
    """Score by VOT's long-term measures (Lukezic et al., "Now you see me", 2018).

    At a threshold, precision is the mean overlap of the boxes whose confidence reaches it (0 where
    the target is absent), recall the sum of those overlaps over the frames with a target. Both are
    averaged over sequences, the F-score is made of the averages, and the threshold is the best of
    100 spread over all confidences. The first frame counts as no answer. Boxes are compared by
    their areas, not, as VOT's toolkit does, by whole pixels inside the picture.

    Raises:
        ResultsError: boxes or confidences of a sequence are missing or of another length.
    """
    pairs = {each.name: _answers(each, results, confidences) for each in sequences}
    if not pairs:
        raise ResultsError("there is no sequence to score")
    thresholds = _thresholds(np.concatenate([confidence for _, confidence, _ in pairs.values()]))
    curves = {name: _precision_recall(*pair, thresholds) for name, pair in pairs.items()}
    precision, recall = np.mean(list(curves.values()), axis=0)
    f_score = _f_score(precision, recall)
    best = int(np.argmax(f_score))
    table = {
        name: SequenceScore(
            values=_at(best, *curves[name]),
            curves=dict(zip(("precision", "recall"), curves[name], strict=True)),
            frames=len(pairs[name][2]),
            absent=int((~pairs[name][2]).sum()),
        )
        for name in pairs
    }
    return Scores(
        protocol="vot-lt",
        thresholds=dict.fromkeys(("precision", "recall", "f_score"), thresholds),
        overall=_at(best, precision, recall) | {"threshold": float(thresholds[best])},
        curves={"precision": precision, "recall": recall, "f_score": f_score},
        sequences=table,
        attributes={},
        dropped={},
    )


def score_oxuva(
    sequences: Iterable[Sequence], results: Mapping[str, Floats], confidences: Mapping[str, Floats]
) -> Scores:
    """Score by OxUvA's measures (Valmadre et al., ECCV 2018).

    A frame is called present where its confidence is at least 0.5. True positives are present
    frames called so with an overlap of at least 0.5, true negatives absent frames called so; rates
    are taken over all frames of all sequences but the first of each, and NaN where there are none
    to take them over. gm is the geometric mean of the two rates, max_gm the best one of a tracker
    that calls frames absent at random as well.

    Raises:
        ResultsError: boxes or confidences of a sequence are missing or of another length.
    """
    counts = {each.name: _oxuva_counts(*_answers(each, results, confidences)) for each in sequences}
    if not counts:
        raise ResultsError("there is no sequence to score")
    return Scores(
        protocol="oxuva",
        thresholds={},
        overall=_oxuva_values(np.sum(list(counts.values()), axis=0)),
        curves={},
        sequences={
            name: SequenceScore(_oxuva_values(count), {}, int(count[1] + count[3]), int(count[3]))
            for name, count in counts.items()
        },
        attributes={},
        dropped={},
    )


def _answers(
    sequence: Sequence, results: Mapping[str, Floats], confidences: Mapping[str, Floats]
) -> tuple[Floats, Floats, Flags]:
    """Overlaps (T,), confidences (T,) with NaN for the first frame, and where there is a target."""
    if sequence.name not in results:
        raise ResultsError(f"no result for {sequence.name}")
    if sequence.name not in confidences:
        raise ResultsError(f"no confidences for {sequence.name}, which long-term measures need")
    boxes = results[sequence.name]
    if boxes.ndim == 3:
        raise ResultsError(
            f"{sequence.name}: {len(boxes)} runs, but confidences of one: keep the files of one"
        )
    boxes = need_length(sequence, boxes)
    confidence = confidences[sequence.name].copy()
    if len(confidence) != len(sequence):
        raise ResultsError(
            f"{sequence.name}: {len(confidence)} confidences for {len(sequence)} annotated frames"
        )
    confidence[0] = np.nan
    shown = np.asarray(~np.isnan(sequence.truth).any(axis=1))
    overlap = np.nan_to_num(overlaps(sequence.to_pixels(boxes), sequence.truth), nan=0.0)
    return np.where(shown, overlap, 0.0), confidence, shown


def _thresholds(confidences: Floats) -> Floats:
    """Pick 100 thresholds, from inf down to -inf, at even steps through the sorted confidences."""
    known = np.sort(confidences[~np.isnan(confidences)])[::-1]
    inner = RESOLUTION - 2
    if known.size > inner:
        step = known.size // inner
        known = known[np.round(np.linspace(step, known.size - step, inner)).astype(int)]
    return np.concatenate([[np.inf], known, [-np.inf]])


def _precision_recall(
    overlap: Floats, confidence: Floats, shown: Flags, thresholds: Floats
) -> tuple[Floats, Floats]:
    """Precision and recall (K,) at each threshold; precision is 1 where nothing is answered."""
    known = ~np.isnan(confidence)
    order = np.argsort(-confidence[known], kind="stable")
    gained = np.concatenate([[0.0], np.cumsum(overlap[known][order])])
    answered = np.searchsorted(-confidence[known][order], -thresholds, side="right")
    precision = np.where(answered > 0, gained[answered] / np.maximum(answered, 1), 1.0)
    return precision, gained[answered] / max(int(shown.sum()), 1)


def _f_score(precision: Floats, recall: Floats) -> Floats:
    total = precision + recall
    return np.asarray(2 * precision * recall / np.where(total > 0, total, 1))


def _at(index: int, precision: Floats, recall: Floats) -> dict[str, float]:
    return {
        "f_score": float(_f_score(precision, recall)[index]),
        "precision": float(precision[index]),
        "recall": float(recall[index]),
    }


def _oxuva_counts(overlap: Floats, confidence: Floats, shown: Flags) -> Floats:
    """Hits, present frames, true negatives, absent frames; the first frame left out."""
    called, shown, overlap = confidence[1:] >= PRESENT, shown[1:], overlap[1:]
    hits = called & shown & (overlap >= FOUND)
    return np.array([hits.sum(), shown.sum(), (~called & ~shown).sum(), (~shown).sum()], float)


def _oxuva_values(counts: Floats) -> dict[str, float]:
    hits, present, negatives, absent = counts.tolist()
    tpr = hits / present if present else math.nan
    tnr = negatives / absent if absent else math.nan
    # With a share q of the answers kept, q tpr (q tnr + 1 - q) is to be as large as it can be.
    kept = min(1.0, 1 / (2 * (1 - tnr))) if tnr < 1 else 1.0
    return {
        "tpr": tpr,
        "tnr": tnr,
        "gm": float(np.sqrt(tpr * tnr)),
        "max_gm": float(np.sqrt(kept * tpr * (kept * tnr + 1 - kept))),
    }


LONG_TERM = MappingProxyType({"vot-lt": score_vot_lt, "oxuva": score_oxuva})
