"""Shards of a run, made on different machines, put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from eval.errors import RunError
from eval.manifest import FILE, Manifest, read_manifest, write_manifest
from eval.store import boxes_file, is_done, scores_file, times_file
from eval.textfile import write_text


@dataclass(frozen=True)
class Merged:
    """What one tracker's results on one benchmark came to.

    Attributes:
        folder: TRACKER/BENCHMARK below the folder of the whole.
        sequences: how many there are now.
        missing: names of those that no shard has.
    """

    folder: Path
    sequences: int
    missing: tuple[str, ...]


def merge(shards: Iterable[Path], out: Path) -> list[Merged]:
    """Copy the complete sequences of all shards into one folder, with what is there already.

    Args:
        shards: folders of runs, as `eval.run` writes them.
        out: folder of the whole.

    Raises:
        RunError: a shard has no results, two shards are of different configurations, or two have
            different boxes for the same sequence.
    """
    places: dict[Path, list[Path]] = {}
    for shard in shards:
        found = sorted(shard.glob(f"*/*/{FILE}"))
        if not found:
            raise RunError(f"{shard} is not the folder of a run: expected TRACKER/BENCHMARK/{FILE}")
        for manifest in found:
            places.setdefault(manifest.parent.relative_to(shard), []).append(manifest.parent)
    plans = {place: _manifest(place, out, folders) for place, folders in places.items()}
    return [_gather(out, place, places[place], plans[place]) for place in sorted(places)]


def _manifest(place: Path, out: Path, folders: list[Path]) -> Manifest:
    """Join the manifests of several folders, before anything is copied.

    Raises:
        RunError: they are of different configurations.
    """
    manifests = [(folder, read_manifest(folder)) for folder in (out / place, *folders)]
    known = [(folder, manifest) for folder, manifest in manifests if manifest is not None]
    first, whole = known[0]
    for folder, other in known[1:]:
        differing = whole.differences(other)
        if differing:
            raise RunError(
                f"{first} and {folder} are of different configurations: {'; '.join(differing)}"
            )
        whole = whole.with_runs(other.runs)
    return whole


def _gather(out: Path, place: Path, folders: list[Path], manifest: Manifest) -> Merged:
    """Copy what is complete; the manifest first, so that no result is ever without one."""
    target = out / place
    write_manifest(target, manifest)
    missing = []
    for name, frames in manifest.frames.items():
        for folder in folders:
            if is_done(folder, name, frames):
                _copy(folder, target, name, frames)
        if not is_done(target, name, frames):
            missing.append(name)
    return Merged(place, len(manifest.frames) - len(missing), tuple(missing))


def _copy(folder: Path, target: Path, name: str, frames: int) -> None:
    """Copy the files of a sequence, the boxes last, as they are written at first.

    Raises:
        RunError: there are other boxes already.
    """
    if is_done(target, name, frames):
        if boxes_file(folder, name).read_bytes() != boxes_file(target, name).read_bytes():
            raise RunError(f"{folder} and {target} have different boxes for {name}")
        return
    for file in (times_file, scores_file, boxes_file):
        write_text(file(target, name), file(folder, name).read_text("utf-8"))
