"""Files that make other frameworks find this project's trackers."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

from eval.contestant import Entry, is_foreign
from eval.errors import ContestantError
from eval.textfile import write_text

_MARK = "# Written by LowTrack's `evaluate install-pytracking`; run that again to renew it."
_ROOT = Path(__file__).resolve().parents[2]

# pytracking is run from a folder that has a `tracker` of its own, so ours must be found before it
_PATH = f"""{_MARK}
import sys

if sys.path[0] != {str(_ROOT)!r}:
    sys.path.insert(0, {str(_ROOT)!r})
"""

_TRACKER = f"""{_PATH}
from eval.adapters.pytracking import PytrackingTracker


def get_tracker_class():
    return PytrackingTracker
"""


def install_pytracking(checkout: Path, entry: Entry) -> tuple[str, str]:
    """Write a tracker and a parameter file into a checkout of visionml/pytracking.

    Args:
        checkout: the checkout's folder.
        entry: the model, its engine and device.

    Returns:
        The names to run it by: tracker and parameter.

    Raises:
        ContestantError: that is not a checkout, a file there was written by somebody else, or the
            entry is none of this project's models.
    """
    if is_foreign(entry.source):
        raise ContestantError(
            f"{entry.source} is no model of LowTrack, which pytracking would load"
        )
    package = checkout / "pytracking"
    for part in ("tracker", "parameter", "evaluation"):
        if not (package / part).is_dir():
            raise ContestantError(
                f"{checkout} is no checkout of visionml/pytracking: expected {package / part}/"
            )
    name = re.sub(r"\W", "_", entry.label)
    files = {
        package / "tracker" / "lowtrack" / "__init__.py": _TRACKER,
        package / "parameter" / "lowtrack" / "__init__.py": f"{_MARK}\n",
        package / "parameter" / "lowtrack" / f"{name}.py": _parameters(entry),
    }
    for path in files:
        if path.is_file() and not path.read_text("utf-8").startswith(_MARK):
            raise ContestantError(f"{path} is there already, and was not written by this command")
    for path, text in files.items():
        write_text(path, text)
    return "lowtrack", name


def _parameters(entry: Entry) -> str:
    """Write the module that pytracking asks which network to run."""
    return f"""{_PATH}
from eval.adapters.pytracking import Parameters


def parameters():
    return Parameters(
        {_model(entry)!r},
        engine={entry.engine!r},
        device={entry.device!r},
        precision={entry.precision!r},
        full_search={entry.full_search!r},
    )
"""


def install_vot(workspace: Path, entry: Entry, *, trax: bool) -> str:
    """Add a tracker to `trackers.ini` of a workspace of the VOT toolkit.

    Args:
        workspace: its folder.
        entry: the tracker.
        trax: speak TraX, a frame at a time; else the toolkit's folder protocol, a sequence at a
            time.

    Returns:
        The name to run it by.

    Raises:
        ContestantError: the folder does not exist, or it has another tracker of that name.
    """
    if not workspace.is_dir():
        raise ContestantError(f"{workspace} is not a folder; `vot initialize` makes one")
    name = re.sub(r"[^a-zA-Z0-9_-]", "_", f"lowtrack-{entry.label}") + ("" if trax else "-folder")
    section = _section(name, entry, trax=trax)
    path = workspace / "trackers.ini"
    text = path.read_text("utf-8") if path.is_file() else ""
    if section in text:
        return name
    if f"[{name}]" in text:
        raise ContestantError(f"{path} has another tracker {name}; remove it, or name this one")
    write_text(path, text + ("\n" if text else "") + section)
    return name


def _section(name: str, entry: Entry, *, trax: bool) -> str:
    """Describe a tracker as `trackers.ini` does."""
    protocol = "trax" if trax else "folder"
    words = [sys.executable, "-m", "apps.vot_tracker", protocol, _model(entry)]
    words += ["--engine", entry.engine, "--device", entry.device]
    words += ["--precision", entry.precision] if entry.precision else []
    words += ["--full-search"] if entry.full_search else []
    entries = {"label": name, "protocol": protocol}
    entries |= {"command": shlex.join(words), "env_PYTHONPATH": str(_ROOT)}
    entries |= {} if trax else {"convert": "rectangle"}
    # the toolkit's configparser takes % for the beginning of a reference
    lines = [f"{key} = {value.replace('%', '%%')}\n" for key, value in entries.items()]
    return f"[{name}]\n" + "".join(lines)


def _model(entry: Entry) -> str:
    """Name a model so that it is found from any folder."""
    folder = Path(entry.source)
    return str(folder.resolve()) if folder.is_dir() else entry.source
