"""What a folder of results is a result of, so that different things are never mixed in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.benchmarks import split_name
from eval.errors import RunError
from eval.sequence import Sequence
from eval.textfile import write_text

FILE = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """What was measured, and where.

    Attributes:
        tracker: what decides the boxes (`eval.identity.identity`).
        benchmark: name, split ("" for the default one), a digest of the annotations.
        frames: sequence -> its number of frames, for the whole benchmark.
        realtime: the frame rate and the machine if frames were dropped, else empty.
        runs: the machine, versions, code and threads of each run that added results.
    """

    tracker: Mapping[str, str]
    benchmark: Mapping[str, str]
    frames: Mapping[str, int]
    realtime: Mapping[str, Any]
    runs: tuple[Mapping[str, Any], ...] = ()

    def differences(self, other: Manifest) -> list[str]:
        """List what must be equal in two manifests, and is not, as `name: here, there`."""
        found = []
        for part in ("tracker", "benchmark", "realtime"):
            here, there = vars(self)[part], vars(other)[part]
            names = sorted(key for key in here.keys() | there.keys() if key != "label")
            found += [
                f"{part} {name}: {here.get(name, 'none')}, {there.get(name, 'none')}"
                for name in names
                if here.get(name) != there.get(name)
            ]
        return found

    def with_runs(self, runs: Iterable[Mapping[str, Any]]) -> Manifest:
        """Add runs, those that are known already left out."""
        known = list(self.runs)
        known += [run for run in runs if run not in known]
        return replace(self, runs=tuple(known))


def describe_benchmark(
    name: str, split: str | None, sequences: Iterable[Sequence]
) -> Mapping[str, str]:
    """Describe a benchmark by its name and by the contents of its annotations."""
    digest = hashlib.sha256()
    for sequence in sequences:
        digest.update(f"{sequence.name} {len(sequence)} ".encode())
        digest.update(sequence.truth.round(4).tobytes())
    return {
        "name": name,
        "split": split_name(name, split),
        "annotations_sha256": digest.hexdigest(),
    }


def read_manifest(folder: Path) -> Manifest | None:
    """Read the manifest of a folder of results; None where it has none.

    Raises:
        RunError: it is damaged.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text("utf-8"))
        about = found["benchmark"]
        about["split"] = split_name(about["name"], about["split"])  # older ones name the default
        return Manifest(**(found | {"runs": tuple(found["runs"])}))
    except (ValueError, TypeError, KeyError) as error:
        raise RunError(f"{path} is damaged ({error}); give another --out or --restart") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest of a folder of results, whole or not at all."""
    write_text(folder / FILE, json.dumps(vars(manifest), indent=1) + "\n")
