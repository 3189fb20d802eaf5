"""TrackingNet's test server: NAME.txt right in the archive, x,y,w,h a line."""

from __future__ import annotations

from collections.abc import Mapping

from eval.submission.lines import Lengths, boxes_problems, flat_files
from eval.submission.track import Track

COUNT = 511


def members_of(tracks: Mapping[str, Track]) -> dict[str, str]:
    """Lay out the first run of each sequence."""
    return {
        f"{name}.txt": "".join(
            f"{x:.3f},{y:.3f},{w:.3f},{h:.3f}\n" for x, y, w, h in track.runs[0].tolist()
        )
        for name, track in tracks.items()
    }


def problems_of(members: Mapping[str, str], lengths: Lengths | None) -> list[str]:
    """List what the server would refuse or count as misses; it reads names in any folder."""
    files, problems = flat_files(members)
    if len(files) != COUNT:
        problems.append(f"{len(files)} files, the test set has {COUNT} sequences")
    problems += [f"{name}.txt is missing" for name in lengths or {} if f"{name}.txt" not in files]
    for file, text in files.items():
        name = file.removesuffix(".txt")
        if not file.endswith(".txt") or (lengths and name not in lengths):
            problems.append(f"{file}: not the name of a sequence with .txt")
        else:
            problems += boxes_problems(file, text, (lengths or {}).get(name))
    return problems
