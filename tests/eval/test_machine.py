"""Facts about the machine and what is installed."""

import platform
from pathlib import Path

import cv2
import numpy as np
import pytest

from eval.machine import versions


def test_versions_are_those_of_the_packages(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "broken-1.0.dist-info").mkdir()  # as a removal that failed leaves behind
    monkeypatch.syspath_prepend(tmp_path)
    found = versions()
    assert found["python"] == platform.python_version()
    assert found["numpy"] == np.__version__
    assert "tensorrt" not in found or found["tensorrt"]
    assert cv2.__version__.split("-")[0] in found.get("opencv-python", cv2.__version__)
