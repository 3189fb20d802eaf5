"""GOT-10k's test server: NAME/NAME_001.txt with boxes, NAME/NAME_time.txt with seconds.

A tracker that is not deterministic has several runs: more files of boxes, and a column of seconds
for each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from eval.errors import SubmissionError
from eval.submission.lines import Lengths, boxes_problems, rows_of, shortened
from eval.submission.track import Track

COUNT = 180
NAMES = tuple(f"GOT-10k_Test_{number:06d}" for number in range(1, COUNT + 1))


def members_of(tracks: Mapping[str, Track]) -> dict[str, str]:
    """Lay out boxes and times.

    Raises:
        SubmissionError: a sequence has no times, which the server asks for.
    """
    members = {}
    for name, track in tracks.items():
        if track.seconds is None:
            raise SubmissionError(f"{name} has no times; GOT-10k asks for the seconds per frame")
        for run, boxes in enumerate(track.runs, start=1):
            lines = [f"{x:.3f},{y:.3f},{w:.3f},{h:.3f}\n" for x, y, w, h in boxes.tolist()]
            members[f"{name}/{name}_{run:03d}.txt"] = "".join(lines)
        rows = track.filled_seconds().T.tolist()
        seconds = [",".join(f"{max(second, 1e-8):.8f}" for second in row) for row in rows]
        members[f"{name}/{name}_time.txt"] = "".join(f"{line}\n" for line in seconds)
    return members


def problems_of(members: Mapping[str, str], lengths: Lengths | None) -> list[str]:
    """List what the server would refuse or count as zero."""
    known = lengths or {}
    lacking = [name for name in NAMES if f"{name}/{name}_001.txt" not in members]
    problems = [f"{name}: its folder is missing" for name in lacking]
    for path, text in members.items():
        folder, _, file = path.rpartition("/")
        if folder not in NAMES:
            problems.append(f"{path}: expected NAME/NAME_001.txt with NAME like {NAMES[0]}")
        elif file == f"{folder}_time.txt":
            problems += _time_problems(path, text, members)
        elif re.fullmatch(rf"{folder}_\d{{3}}\.txt", file):
            problems += boxes_problems(path, text, known.get(folder))
        else:
            problems.append(
                f"{path}: unexpected file; only _001.txt (_002.txt, ...) and _time.txt are read"
            )
    return problems


def _time_problems(path: str, text: str, members: Mapping[str, str]) -> list[str]:
    rows, problems = rows_of(path, text, text.partition("\n")[0].count(",") + 1)
    boxes = members.get(path.replace("_time.txt", "_001.txt"), "")
    if len(text.splitlines()) != len(boxes.splitlines()):
        problems.append(
            f"{path}: {len(text.splitlines())} times for {len(boxes.splitlines())} boxes"
        )
    if any(second <= 0 for row in rows for second in row):
        problems.append(f"{path}: times must be positive seconds")
    return shortened(problems)
