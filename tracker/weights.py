"""Models on disk: a folder with a card, one file of weights, and the graphs that use them."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from tracker.config import TrackingConfig
from tracker.errors import WeightsError

_ASSETS = Path(__file__).parent / "assets"
CARD = "card.json"

_Config = TypeVar("_Config")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What must be known about a model before it is used."""

    name: str
    network: str  # a key of tracker.model.network.NETWORKS
    tracking: TrackingConfig
    files: dict[str, str] = field(default_factory=dict)  # file name -> sha256
    license: str
    data: str  # what it was trained on
    teacher: str  # whose answers it learned from, and where it started
    schedule: str  # how long, on what, with which command
    results: dict[str, Any] = field(default_factory=dict)  # measured by us, with date and commit

    @property
    def sha256(self) -> str:
        """One digest of all files."""
        text = "\n".join(f"{name} {self.files[name]}" for name in sorted(self.files))
        return hashlib.sha256(text.encode()).hexdigest()


def available() -> tuple[str, ...]:
    """Names of the packaged models."""
    return tuple(sorted(path.parent.name for path in _ASSETS.glob(f"*/{CARD}")))


def find(model: str | Path) -> Path:
    """The folder of a packaged model, or of a model on disk.

    Raises:
        WeightsError: if there is no such model, or its folder may not be read.
    """
    try:
        for folder in (_ASSETS / str(model), Path(model)):
            if (folder / CARD).is_file():
                return folder
    except OSError as error:
        raise WeightsError(f"cannot read the model {str(model)!r}: {error.strerror}") from error
    raise WeightsError(
        f"no model {str(model)!r}: packaged are {', '.join(available()) or 'none'}; "
        f"a folder must hold {CARD}"
    )


def read(folder: Path) -> Card:
    """The card in `folder`, after checking that every file is the one it describes.

    Raises:
        WeightsError: if the card cannot be read, or a file is missing or differs.
    """
    try:
        values = json.loads((folder / CARD).read_text(encoding="utf-8"))
        # a card that says nothing of these is older than they are
        tracking = {"lead": 0.0, "near": {}, "wide": {}, "comparison": {}} | values["tracking"]
        values["tracking"] = _config(TrackingConfig, tracking)
        card = Card(**values)
        files = card.files.items()
    except (OSError, AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise WeightsError(f"cannot read the card {folder / CARD}: {error!r}") from error
    for name, expected in files:
        found = digest(folder / name)
        if found != expected:
            raise WeightsError(
                f"{folder / name} is not the file its card describes: its sha256 is {found}, "
                f"the card says {expected}; install or export the model again"
            )
    return card


def _config(kind: type[_Config], values: dict[str, Any]) -> _Config:
    """A dataclass of settings, and those that it consists of; see `_checked`."""
    hints = get_type_hints(kind).items()
    parts = {
        name: _config(part, values[name])
        for name, part in hints
        if isinstance(part, type) and is_dataclass(part)
    }
    return _checked(kind(**values | parts))


def _checked(config: _Config) -> _Config:
    """`config` itself; raises TypeError if a field does not hold what it is annotated with."""
    for name, wanted in get_type_hints(type(config)).items():
        value, kind = getattr(config, name), get_origin(wanted) or wanted
        if kind is Literal:
            fits = value in get_args(wanted)
        elif kind is float:
            fits = isinstance(value, int | float) and math.isfinite(value)
        else:
            fits = isinstance(value, kind)
        if not fits:
            raise TypeError(f"{name} is {value!r}, should be {wanted}")
    return config


def write(folder: Path, card: Card) -> None:
    """Write `card` into `folder`."""
    values = {f.name: getattr(card, f.name) for f in fields(card)}
    values["tracking"] = asdict(card.tracking)
    text = json.dumps(values, indent=2, ensure_ascii=False) + "\n"
    (folder / CARD).write_text(text, encoding="utf-8")


def digest(path: Path) -> str:
    """The sha256 of a file.

    Raises:
        WeightsError: if it cannot be read.
    """
    sha = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                sha.update(block)
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error}") from error
    return sha.hexdigest()
