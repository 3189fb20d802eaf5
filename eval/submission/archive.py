"""Zip archives of text files: read whole, written so that equal contents give equal bytes."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from eval.errors import SubmissionError
from eval.textfile import replacing

_EPOCH = (1980, 1, 1, 0, 0, 0)
_JUNK = ("__MACOSX/", ".DS_Store")


def read_archive(path: Path) -> dict[str, str]:
    """Read every file of an archive as text; what some systems add on their own is left out.

    Raises:
        SubmissionError: it is missing, damaged, encrypted or not a zip archive, or a file in it is
            not text.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            wanted = [name for name in names if not any(junk in name for junk in _JUNK)]
            return {name: archive.read(name).decode("utf-8") for name in wanted}
    except FileNotFoundError as error:
        raise SubmissionError(f"there is no file {path}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise SubmissionError(f"{path} is not a zip archive, or a damaged one: {error}") from error
    except UnicodeDecodeError as error:
        raise SubmissionError(f"{path} holds a file that is not text: {error}") from error
    except RuntimeError as error:
        raise SubmissionError(f"{path} cannot be unpacked here: {error}") from error


def write_archive(path: Path, members: Mapping[str, str]) -> None:
    """Write an archive, whole or not at all; `members` is path in it -> text."""
    with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, members[name])
