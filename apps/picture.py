"""Pictures as files. Needs matplotlib (the extra `eval`)."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from apps.command import CommandError


def check_picture(path: Path) -> None:
    """Refuse a file whose name does not end as that of a picture.

    Raises:
        CommandError: if it does not.
    """
    known = sorted(f".{kind}" for kind in Figure().canvas.get_supported_filetypes())
    if path.suffix.lower() not in known:
        raise CommandError(f"{path}: the name of a picture ends in {', '.join(known)}")
