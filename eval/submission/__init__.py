"""Submissions to evaluation servers: packing them, and saying what a server would choke on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from eval.errors import SubmissionError
from eval.result_folders import AUTO, read_results, read_scores, read_times
from eval.sequence import Sequence
from eval.submission import got10k, motchallenge, trackingnet, vot
from eval.submission.archive import read_archive, write_archive
from eval.submission.lines import Lengths
from eval.submission.track import Track
from eval.textfile import read_text

Problems = Callable[[Mapping[str, str], Lengths | None], list[str]]

KINDS: Mapping[str, Problems] = MappingProxyType(
    {
        "got10k": got10k.problems_of,
        "trackingnet": trackingnet.problems_of,
        "vot-lt": vot.problems_of,
        "motchallenge": motchallenge.problems_of,
    }
)
_LAYOUTS: Mapping[str, Callable[[Mapping[str, Track]], dict[str, str]]] = MappingProxyType(
    {
        "got10k": got10k.members_of,
        "trackingnet": trackingnet.members_of,
        "vot-lt": vot.members_of,
    }
)


@dataclass(frozen=True)
class Verdict:
    """What a validation found: the server it is for, and what that would choke on."""

    kind: str
    problems: tuple[str, ...]


def pack(
    kind: str, results: Path, out: Path, sequences: Iterable[Sequence], style: str = AUTO
) -> None:
    """Pack a tracker's folder of results as an archive for a server, if it would be accepted.

    Args:
        kind: a name of KINDS.
        results: the folder with the tracker's files.
        out: the zip archive to write.
        sequences: what the server expects, read from the benchmark; not looked at for MOTChallenge,
            whose files VIDEO.txt are packed as they are.
        style: of the results, see `read_results`.

    Raises:
        SubmissionError: there is no such kind, or the server would refuse the results.
        ResultsError: results are missing or damaged.
    """
    _need(kind)
    if kind in _LAYOUTS:
        wanted = list(sequences)
        lengths = lengths_of(wanted)
        members = _LAYOUTS[kind](_tracks(results, [each.name for each in wanted], style))
    else:
        lengths = None
        members = {path.name: _text(path) for path in sorted(results.glob("*.txt"))}
        if not members:
            raise SubmissionError(f"expected {results}/VIDEO.txt, found no such file")
    problems = KINDS[kind](members, lengths)
    if problems:
        more = f" (and {len(problems) - 1} more problems)" if len(problems) > 1 else ""
        raise SubmissionError(f"{kind} would refuse this: {problems[0]}{more}")
    write_archive(out, members)


def lengths_of(sequences: Iterable[Sequence]) -> Lengths:
    """Say how many frames sequences have: of a hidden one without its pictures that is unknown."""
    return {each.name: len(each) if len(each) > 1 else None for each in sequences}


def validate(path: Path, kind: str | None = None, lengths: Lengths | None = None) -> Verdict:
    """Say what a server would choke on.

    Args:
        path: a zip archive, or a single text file of MOTChallenge's or VOT's.
        kind: a name of KINDS; None tells it from the contents.
        lengths: name -> frames of the sequences the server expects, where these are known.

    Raises:
        SubmissionError: the file cannot be read, or its kind is unknown or not to be told.
    """
    if path.suffix == ".txt":
        return _single(path, kind)
    members = read_archive(path)
    kind = kind or _told(path, members)
    _need(kind)
    return Verdict(kind, tuple(KINDS[kind](members, lengths)))


def _need(kind: str) -> None:
    if kind not in KINDS:
        raise SubmissionError(f"no kind of submission {kind!r}; there are: {', '.join(KINDS)}")


def _tracks(results: Path, names: list[str], style: str) -> dict[str, Track]:
    boxes = read_results(results, names, style)
    times, scores = read_times(results, names, style), read_scores(results, names, style)
    lacking = [name for name in names if name not in boxes]
    if lacking:
        raise SubmissionError(f"no result for {len(lacking)} sequences, such as {lacking[0]}")
    return {
        name: Track(
            boxes[name] if boxes[name].ndim == 3 else boxes[name][np.newaxis],
            np.atleast_2d(times[name]) if name in times else None,
            scores.get(name),
        )
        for name in names
    }


def _told(path: Path, members: Mapping[str, str]) -> str:
    """Tell the kind of an archive from its names and its first line."""
    if any("GOT-10k_Test_" in name for name in members):
        return "got10k"
    if any(re.search(r"/(\w[^/]*)/\1_001\.txt$", f"/{name}") for name in members):
        return "vot-lt"
    first = next((text for name, text in members.items() if name.endswith(".txt") and text), "")
    commas = first.partition("\n")[0].count(",")
    if commas >= 6:
        return "motchallenge"
    if members and commas == 3:
        return "trackingnet"
    raise SubmissionError(
        f"cannot tell which server {path} is for; name its kind: {', '.join(KINDS)}"
    )


def _text(path: Path) -> str:
    try:
        return read_text(path)
    except ValueError as error:
        raise SubmissionError(f"{path} is not text: {error}") from error


def _single(path: Path, kind: str | None) -> Verdict:
    """Check one text file."""
    if not path.is_file():
        raise SubmissionError(f"there is no file {path}")
    text = _text(path)
    if kind == "motchallenge" or (kind is None and text.partition("\n")[0].count(",") >= 6):
        return Verdict("motchallenge", tuple(motchallenge.video_problems(path.name, text, None)))
    if kind == "vot-lt" or (kind is None and text.partition("\n")[0].strip() == "1"):
        return Verdict("vot-lt", tuple(vot.trajectory_problems(path.name, text, None)))
    raise SubmissionError(f"{path}: a single file can only be VOT's or MOTChallenge's")
