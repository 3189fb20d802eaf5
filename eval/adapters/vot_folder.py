"""A tracker for the VOT toolkit without TraX: it reads a folder, and writes its answers there.

The toolkit puts `frames_color.txt` (a path a line) and for each target `query_ID.txt` there (the
frame in which it appears, its region, options); it expects `output_ID.txt` with a region a frame, 0
where there is none, and here also `output_ID_confidence.txt`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from eval.adapters.vot_targets import Answer, Targets
from eval.contestant import Contestant, Xywh
from eval.errors import BenchmarkError
from eval.picture import read_picture
from eval.regions import box_around

_FRAMES = "frames_color.txt"
_PREFIX = "query_"


@dataclass(frozen=True)
class _Query:
    """A target: its name, and where it is in which frame."""

    name: str
    offset: int
    box_xywh: Xywh


def serve_folder(make: Callable[[], Contestant], folder: Path) -> None:
    """Track every target of a folder from the frame in which it appears on.

    Args:
        make: gives a tracker that takes BGR frames; called once for every target.
        folder: what the toolkit has prepared.

    Raises:
        BenchmarkError: the folder is not such a one, or a picture is missing or damaged.
    """
    frames = _lines(folder / _FRAMES)
    queries = sorted(map(_query, folder.glob(f"{_PREFIX}*.txt")), key=lambda q: (q.offset, q.name))
    if not queries:
        raise BenchmarkError(f"expected {folder / _PREFIX}ID.txt, found no such file")
    targets, table = Targets(make), []
    for index, path in enumerate(frames):
        frame = read_picture(folder / path)
        answers = targets.update(frame)
        table.append(answers + targets.add(frame, _boxes_from(queries, index)))
    for rank, query in enumerate(queries):
        _write(folder, query, [row[rank] if rank < len(row) else None for row in table])


def _boxes_from(queries: list[_Query], index: int) -> list[Xywh]:
    """List the boxes of the targets that appear in a frame."""
    return [query.box_xywh for query in queries if query.offset == index]


def _query(path: Path) -> _Query:
    """Read a target.

    Raises:
        BenchmarkError: its region is neither a rectangle nor a polygon.
    """
    words = _lines(path)
    try:
        offset, box = int(words[0]), box_around([float(word) for word in words[1].split(",")])
    except (ValueError, IndexError) as error:
        raise BenchmarkError(
            f"{path} has no rectangle or polygon; set `convert = rectangle` in trackers.ini"
        ) from error
    return _Query(path.stem.removeprefix(_PREFIX), offset, box)


def _write(folder: Path, query: _Query, answers: list[Answer | None]) -> None:
    """Write the boxes and the confidences of a target."""
    boxes, scores = [], []
    for answer in answers:
        boxes.append("0\n" if answer is None else ",".join(f"{v:.4f}" for v in answer[0]) + "\n")
        scores.append("0\n" if answer is None else f"{answer[1]:.6f}\n")
    (folder / f"output_{query.name}.txt").write_text("".join(boxes), encoding="utf-8")
    confidences = folder / f"output_{query.name}_confidence.txt"
    confidences.write_text("".join(scores), encoding="utf-8")


def _lines(path: Path) -> list[str]:
    """Read the lines of a file that are not empty.

    Raises:
        BenchmarkError: there is no such file.
    """
    if not path.is_file():
        raise BenchmarkError(f"expected {path}, as the VOT toolkit's folder protocol writes it")
    return [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()]
