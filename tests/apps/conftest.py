"""What several tests of the applications need."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import tracker
from tests.apps.fakes import clip_frames, fake_load, write_video


@pytest.fixture
def fake_tracker(monkeypatch: pytest.MonkeyPatch) -> None:
    """`tracker.load` gives a tracker that needs no weights."""
    monkeypatch.setattr(tracker, "load", fake_load)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of 40 frames, 320x180, 25 a second."""
    return write_video(tmp_path_factory.mktemp("clip") / "fish.avi", clip_frames())


@pytest.fixture
def refused(capfd: pytest.CaptureFixture[str]) -> Callable[[int, str], None]:
    """Takes the exit code of a command that was given a mistake, and what it must say of it."""

    def check(code: int, says: str) -> None:
        assert code == 2
        errors = capfd.readouterr().err
        assert says in errors
        assert errors.count("\n") == 1

    return check
