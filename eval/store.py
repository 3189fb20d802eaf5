"""Where the results of a run lie: OUT/TRACKER/BENCHMARK/SEQUENCE.txt, with times and scores."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from eval.benchmarks import lookup, split_name
from eval.errors import ResultsError, RunError
from eval.follow import Track
from eval.results import read_boxes, read_values, write_boxes, write_values
from eval.sequence import Sequence
from eval.textfile import write_text

FAILED = "failed"


def folder_of(out: Path, label: str, benchmark: str, split: str | None) -> Path:
    """Name the folder of one tracker's results on one benchmark.

    Where there is only one of the older name of a default split, BENCHMARK-SPLIT, it is that.
    """
    folders = [out / label / key for key in _keys(benchmark, split)]
    return next((folder for folder in folders if folder.is_dir()), folders[0])


def benchmark_key(benchmark: str, split: str | None) -> str:
    """Name a benchmark and its split as folders do; a default split goes without saying."""
    name = split_name(benchmark, split)
    return f"{benchmark}-{name}" if name else benchmark


def _keys(benchmark: str, split: str | None) -> list[str]:
    """List the names that folders of results may have, the proper one first."""
    key = benchmark_key(benchmark, split)
    older = [f"{benchmark}-{name}" for name in lookup(benchmark).splits[:1]]
    return [key, *older] if key == benchmark else [key]


def tracker_folders(out: Path, benchmark: str, split: str | None) -> dict[str, Path]:
    """List the trackers that have results on a benchmark: label -> folder."""
    keys = _keys(benchmark, split)
    labels = sorted({folder.parent.name for key in keys for folder in out.glob(f"*/{key}")})
    folders = {label: folder_of(out, label, benchmark, split) for label in labels}
    return {label: folder for label, folder in folders.items() if any(folder.glob("*.txt"))}


def report_folder(out: Path, benchmark: str, split: str | None) -> Path:
    """Name the folder of the report on a benchmark."""
    return out / f"report-{benchmark_key(benchmark, split)}"


def boxes_file(folder: Path, name: str) -> Path:
    """Name the file with the box of each frame."""
    return folder / f"{name}.txt"


def times_file(folder: Path, name: str) -> Path:
    """Name the file with the seconds of each frame."""
    return folder / f"{name}_time.txt"


def scores_file(folder: Path, name: str) -> Path:
    """Name the file with the confidence of each frame."""
    return folder / f"{name}_score.txt"


def check_names(names: Iterable[str]) -> None:
    """See that no two sequences would write to the same file.

    Raises:
        RunError: two would, such as `half` and `half_time`.
    """
    known = set(names)
    for name in sorted(known):
        for file in (times_file(Path(), name), scores_file(Path(), name)):
            if file.stem in known:
                raise RunError(f"{name} and {file.stem} would both write {file}; rename one")


def is_done(folder: Path, name: str, frames: int) -> bool:
    """Tell whether the boxes, times and scores of a sequence are there, readable and complete."""
    files = [boxes_file(folder, name), times_file(folder, name), scores_file(folder, name)]
    try:
        counts = {len(read_boxes(files[0])), *(len(read_values(file)) for file in files[1:])}
    except ResultsError:
        return False
    cut = any(not path.read_bytes().endswith(b"\n") for path in files)
    return counts == {frames} and not cut


def save(folder: Path, sequence: Sequence, track: Track) -> None:
    """Write a track in the coordinates of the benchmark; the boxes last, they say it is done."""
    write_values(times_file(folder, sequence.name), track.seconds)
    write_values(scores_file(folder, sequence.name), track.scores)
    write_boxes(boxes_file(folder, sequence.name), sequence.to_official(track.boxes_xywh))
    failure_file(folder, sequence.name).unlink(missing_ok=True)


def failure_file(folder: Path, name: str) -> Path:
    """Name the file that tells why a sequence failed."""
    return folder / FAILED / f"{name}.txt"


def save_failure(folder: Path, name: str, problem: str, details: str) -> None:
    """Write why a sequence failed."""
    write_text(failure_file(folder, name), f"{problem}\n\n{details}")


def clear(folder: Path) -> None:
    """Throw away the results in a folder: its text files and its manifest, nothing else."""
    for path in [*folder.glob("*.txt"), *folder.glob(f"{FAILED}/*.txt"), *folder.glob("*.json")]:
        path.unlink()
