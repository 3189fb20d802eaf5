"""UAV123, UAV20L and UAV123@10fps (Mueller, Smith, Ghanem, ECCV 2016)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from eval.benchmarks.disk import attributes_of, boxes_of, numbered_pictures, truth_of
from eval.errors import BenchmarkError
from eval.sequence import Sequence

ATTRIBUTES = ("SV", "ARC", "LR", "FM", "FOC", "POC", "OV", "BC", "IV", "VC", "CM", "SOB")

# Videos cut into parts: where each part but the first begins, at 30 frames a second.
_PARTS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "bird1": (775, 1573),
        "car1": (751, 1627),
        "car6": (487, 1807, 2953, 3925),
        "car8": (1357,),
        "car16": (415,),
        "group1": (1333, 2515, 3925),
        "group2": (907, 1771),
        "group3": (1567, 2827, 4369),
        "person2": (1189,),
        "person4": (1501,),
        "person5": (877,),
        "person7": (1249,),
        "person8": (1075,),
        "person12": (601,),
        "person14": (847, 1813),
        "person17": (1501,),
        "person19": (1243, 2791),
        "truck4": (577,),
        "uav1": (1555, 2473),
    }
)
_PART = re.compile(r"(.+)_(\d)")


def read_uav123(root: Path, _split: str | None = None) -> Iterator[Sequence]:
    """Read anno/UAV123/NAME.txt and data_seq/UAV123/FOLDER/000001.jpg."""
    return _read(root, "UAV123", "UAV123", "uav123")


def read_uav20l(root: Path, _split: str | None = None) -> Iterator[Sequence]:
    """Read anno/UAV20L/NAME.txt and data_seq/UAV123/NAME/000001.jpg."""
    return _read(root, "UAV20L", "UAV123", "uav20l")


def read_uav123_10fps(root: Path, _split: str | None = None) -> Iterator[Sequence]:
    """Read anno/UAV123_10fps/NAME.txt and data_seq/UAV123_10fps/FOLDER/000001.jpg."""
    return _read(root, "UAV123_10fps", "UAV123_10fps", "uav123-10fps")


def _read(root: Path, version: str, pictures: str, benchmark: str) -> Iterator[Sequence]:
    annotations = root / "anno" / version
    files = sorted(annotations.glob("*.txt"))
    if not files:
        raise BenchmarkError(f"expected {annotations}/NAME.txt, found no such file")
    for file in files:
        boxes = boxes_of(file)
        video, first = _place(file.stem, slow=version == "UAV123_10fps")
        yield Sequence(
            file.stem,
            numbered_pictures(
                root / "data_seq" / pictures / video, range(first, first + len(boxes))
            ),
            truth_of(boxes, 1),
            attributes_of([annotations / "att", root / "anno" / "att"], file.stem, ATTRIBUTES),
            benchmark=benchmark,
            origin=1,
            annotation=boxes,
        )


def _place(name: str, *, slow: bool) -> tuple[str, int]:
    """Find the folder of a sequence's pictures and the number of its first one."""
    part = _PART.fullmatch(name)
    if part is None or part.group(1) not in _PARTS:
        return name, 1
    video, first = part.group(1), (1, *_PARTS[part.group(1)])[int(part.group(2)) - 1]
    return video, (first - 1) // 3 + 1 if slow else first
