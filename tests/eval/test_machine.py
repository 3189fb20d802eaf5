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
    (opencv,) = (version for name, version in found.items() if name.startswith("opencv"))
    assert cv2.__version__.split("-")[0] in opencv


@pytest.mark.parametrize("name", ["opencv-contrib-python-headless", "opencv_python", None])
def test_an_opencv_of_any_origin_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str | None
) -> None:
    if name is not None:
        info = tmp_path / f"{name}-4.5.4.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 4.5.4\n")
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    wanted = {name.replace("_", "-"): "4.5.4"} if name else {"opencv": cv2.__version__}
    assert versions() == {"python": platform.python_version(), **wanted}
