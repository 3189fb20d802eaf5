"""What is looked at in a process of its own is what this one would import."""

from pathlib import Path

import pytest

from tracker.runtime import probe


def test_tensorrt_may_lie_on_the_users_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "on_the_path.py").write_text("version = '10.3'")
    script = "import on_the_path, tracker; print('tensorrt', on_the_path.version)"
    monkeypatch.setattr(probe, "_TENSORRT", script)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert probe.probe("tensorrt").detail == "tensorrt 10.3"
