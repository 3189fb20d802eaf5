"""MOTChallenge's server: VIDEO.txt right in the archive, ten numbers a line."""

from __future__ import annotations

from collections.abc import Mapping

from eval.submission.lines import Lengths, flat_files, rows_of, shortened

COLUMNS = 10


def problems_of(members: Mapping[str, str], lengths: Lengths | None) -> list[str]:
    """List what the server would refuse."""
    files, problems = flat_files(members)
    problems += [f"{name}.txt is missing" for name in lengths or {} if f"{name}.txt" not in files]
    for file, text in files.items():
        name = file.removesuffix(".txt")
        if not file.endswith(".txt") or (lengths and name not in lengths):
            problems.append(f"{file}: not the name of a video with .txt")
        else:
            problems += video_problems(file, text, (lengths or {}).get(name))
    return problems


def video_problems(name: str, text: str, length: int | None) -> list[str]:
    """List what is wrong with the file of one video; an empty one means no target."""
    rows, problems = rows_of(name, text, COLUMNS) if text.strip() else ([], [])
    seen: set[tuple[float, float]] = set()
    for number, (frame, target, _, _, w, h, *_) in enumerate(rows, start=1):
        if frame < 1 or frame != int(frame) or (length is not None and frame > length):
            problems.append(f"{name}: row {number} has frame {frame:g}, they count from 1")
        if target < 1 or target != int(target):
            problems.append(f"{name}: row {number} has id {target:g}, not a whole number from 1")
        if w <= 0 or h <= 0:
            problems.append(f"{name}: row {number} has a side that is not positive")
        if (frame, target) in seen:
            problems.append(f"{name}: row {number}: id {target:g} twice in frame {frame:g}")
        seen.add((frame, target))
    return shortened(problems)
