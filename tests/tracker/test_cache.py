"""What is remembered on this machine."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np
import pytest

from tracker.runtime import cache

KEY = {"weights": "abc", "gpu": "x"}
pytestmark = pytest.mark.usefixtures("empty_cache")


def recalled(kind: str, key: cache.Key) -> bytes | None:
    found = cache.recall(kind, key)
    return None if found is None else bytes(found)


def test_what_was_remembered_comes_back() -> None:
    assert recalled("engine", KEY) is None
    body = b"one\ntwo\n\x00\xff" * 1000
    cache.remember("engine", KEY, body)
    assert recalled("engine", KEY) == body
    cache.remember("engine", KEY, b"")
    assert recalled("engine", KEY) == b""


@pytest.mark.parametrize("value", ["x" * n for n in (0, 1, 62, 63, 64)])
def test_what_is_recalled_lies_aligned_and_outlives_its_file(value: str) -> None:
    body = os.urandom(1 << 20)
    path = cache.remember("engine", {"key": value}, body)
    found = cache.recall("engine", {"key": value})
    assert found is not None
    assert np.frombuffer(found, np.uint8).ctypes.data % 64 == 0
    path.unlink()
    cache.release(found)
    assert found == body
    found[0] ^= 1  # OpenVINO takes nothing else
    assert found != body


def test_every_part_of_the_key_counts() -> None:
    cache.remember("engine", KEY, b"1")
    assert recalled("choice", KEY) is None
    assert recalled("engine", KEY | {"gpu": "y"}) is None
    assert recalled("engine", KEY | {"more": ""}) is None


def test_only_this_user_may_read_and_nothing_else_is_left(empty_cache: Path) -> None:
    path = cache.remember("engine", KEY, b"1")
    assert path.stat().st_mode & 0o777 == 0o600
    assert empty_cache.stat().st_mode & 0o077 == 0
    assert list(empty_cache.iterdir()) == [path]


def test_an_entry_of_another_key_under_this_name_is_not_believed() -> None:
    path = cache.remember("engine", KEY, b"1")
    other = cache.remember("engine", {"weights": "evil"}, b"2")
    other.replace(path)
    assert recalled("engine", KEY) is None


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_what_cannot_be_read_is_made_anew() -> None:
    path = cache.remember("engine", KEY, b"1")
    path.chmod(0)
    assert recalled("engine", KEY) is None


def test_what_is_not_used_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_MOST", 4)
    cache.remember("choice", KEY, b"1")
    others = [cache.cache_folder() / name for name in ("engine-of-mine", "x-" + "0" * 32)]
    for other in others:
        other.write_bytes(b"old")
        os.utime(other, ns=(0, 0))
    now = time.time_ns()
    for age in range(5):  # the last is the oldest
        path = cache.remember("engine", {"n": str(age)}, b"1")
        os.utime(path, ns=(now, now - (1 + age) * 1_000_000_000))
    assert recalled("engine", {"n": "4"}) == b"1"  # and now the one that was used last
    cache.remember("engine", KEY, b"1")
    left = {age for age in range(5) if recalled("engine", {"n": str(age)})}
    assert left == {0, 1, 4}
    assert recalled("engine", KEY) == b"1"
    assert recalled("choice", KEY) == b"1"
    assert all(other.is_file() for other in others)
    assert len(list(cache.cache_folder().glob("engine-*"))) == 4 + 1


def test_the_usual_place_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOWTRACK_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    monkeypatch.setattr("sys.platform", "linux")
    assert cache.cache_folder() == Path("/somewhere/lowtrack")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache.cache_folder() == Path.home() / ".cache" / "lowtrack"


def test_a_user_without_a_home_remembers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs under a number that it has no name for."""

    def home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("LOWTRACK_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", home)
    assert recalled("engine", KEY) is None
    with pytest.raises(OSError, match=r"home directory.*LOWTRACK_CACHE"):
        cache.remember("engine", KEY, b"1")


def test_what_is_remembered_is_plain_to_read() -> None:
    path = cache.remember("choice", KEY, b"{}")
    header = json.loads(path.read_bytes().splitlines()[0])
    assert header["key"] == KEY
