"""Things that were made once on this machine, and need not be made again.

An entry may be native code, so it is believed only if it is this user's own, nobody else can write
it, it was made for exactly the same key, and its digest is right; anything else is made anew. Those
that were not used for the longest time make room for new ones.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import re
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import cast

Key = Mapping[str, str]  # everything that the entry depends on
_PRIVATE = 0o600
_ALIGNED = 64  # bytes: numbers that lie in an entry are read where they lie
_MOST = 40  # entries of a kind: a model on one engine has up to six


def cache_folder() -> Path:
    """Where entries lie: LOWTRACK_CACHE, or this user's usual place for such things.

    Raises:
        OSError: if this user has no such place.
    """
    if given := os.environ.get("LOWTRACK_CACHE"):
        return Path(given)
    variable = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME"
    if sys.platform != "darwin" and (given := os.environ.get(variable)):
        return Path(given) / "lowtrack"
    usual = {"win32": "AppData/Local", "darwin": "Library/Caches"}.get(sys.platform, ".cache")
    try:
        return Path.home() / usual / "lowtrack"
    except RuntimeError as error:  # as of a user id without a name in a container
        raise OSError(f"{error} Name a folder in LOWTRACK_CACHE") from error


def _entry_path(kind: str, key: Key) -> Path:
    """The file of an entry, whether it is there or not; raises OSError as `cache_folder` does."""
    return cache_folder() / f"{kind}-{hashlib.sha256(_text(key)).hexdigest()[:32]}"


def recall(kind: str, key: Key) -> memoryview | None:
    """What was remembered under this key; None if nothing was, or it is not to be trusted.

    It is the file itself, seen as memory, so that a large one is not there twice. It may be
    written, as some who read it ask for, but that is lost.
    """
    try:
        path = _entry_path(kind, key)
        with path.open("rb") as file:
            if not _own(os.fstat(file.fileno())):
                return None
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    except (OSError, ValueError):  # the latter of an empty file
        return None  # made anew, as if it had never been there
    header = mapped.readline().rstrip()
    body = memoryview(mapped)[mapped.tell() :]
    if header != _header(key, body):
        return None
    with suppress(OSError):  # a folder that cannot be written is never tidied up either
        os.utime(path)
    return body


def release(body: memoryview) -> None:
    """Give back the memory of what `recall` gave, until it is read again, where a system can."""
    if hasattr(mmap, "MADV_DONTNEED"):
        cast(mmap.mmap, body.obj).madvise(mmap.MADV_DONTNEED)


def remember(kind: str, key: Key, body: bytes) -> Path:
    """Keep `body` under this key, for this user alone; return its file.

    Raises:
        OSError: if it cannot be written.
    """
    path = _entry_path(kind, key)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=f"{kind}-", delete=False) as file:
        temporary = Path(file.name)
        try:
            temporary.chmod(_PRIVATE)
            header = _header(key, body)
            file.write(header.ljust(-(len(header) + 1) % _ALIGNED + len(header)) + b"\n" + body)
            file.flush()
            os.fsync(file.fileno())
            file.close()
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    with suppress(OSError):  # the entry is there
        _tidy(path)
    return path


def _tidy(newest: Path) -> None:
    """Remove the entries of a kind that were not used for the longest time, if there are too many.

    The folder may be one that holds other things, and entries of others.
    """
    kind, used = newest.name.rpartition("-")[0], []
    for path in newest.parent.iterdir():
        if path != newest and re.fullmatch(rf"{kind}-[0-9a-f]{{32}}", path.name):
            with suppress(OSError):  # another process tidies up, too
                status = path.stat()
                if _own(status):
                    used.append((status.st_mtime_ns, path))
    for _, path in sorted(used, reverse=True)[_MOST - 1 :]:
        with suppress(OSError):
            path.unlink()


def _text(key: Key) -> bytes:
    return json.dumps(dict(key), sort_keys=True).encode()


def _header(key: Key, body: bytes | memoryview) -> bytes:
    digest = hashlib.sha256(body).hexdigest()
    return json.dumps({"key": dict(key), "sha256": digest}, sort_keys=True).encode()


def _own(status: os.stat_result) -> bool:
    if sys.platform == "win32":  # its folders are private by themselves
        return True
    others_write = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return status.st_uid == os.getuid() and not others_write
