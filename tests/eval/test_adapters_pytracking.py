"""The files for visionml/pytracking, run from a folder laid out like its checkout."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from eval.adapters import pytracking
from eval.adapters.install import install_pytracking
from eval.adapters.pytracking import Parameters, PytrackingTracker
from eval.contestant import parse
from eval.errors import ContestantError
from tests.eval.clips import write_clip
from tests.eval.fake_trackers import Bright

RUNNER = """
import importlib, os, sys
sys.path.append(os.path.join(os.path.dirname(__file__), ".."))
import cv2

name, parameter, folder = sys.argv[1:]
made = importlib.import_module(f"pytracking.tracker.{name}").get_tracker_class()
params = importlib.import_module(f"pytracking.parameter.{name}.{parameter}").parameters()
params.visualization, params.debug, params.tracker_name = False, 0, name
runner = made(params)
runner.visdom = None
frames = sorted(os.listdir(folder))
read = lambda file: cv2.cvtColor(cv2.imread(os.path.join(folder, file)), cv2.COLOR_BGR2RGB)
first = runner.initialize(read(frames[0]), {"init_bbox": [5, 10, 12, 12], "init_mask": None})
assert first["target_bbox"] == [5, 10, 12, 12]
for file in frames[1:]:
    out = runner.track(read(file), {"previous_output": dict(first)})
assert not runner.predicts_segmentation_mask and not runner.params.visualization
assert runner.params.get("object_presence_score_threshold", 0.55) == 0.55
print(*out["target_bbox"], out["object_presence_score"])
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the names that matter, among them a `tracker` that is not ours."""
    package = tmp_path / "pytracking" / "pytracking"
    for part in ("tracker", "parameter", "evaluation"):
        (package / part).mkdir(parents=True)
        (package / part / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / "run_tracker.py").write_text(RUNNER)
    return tmp_path / "pytracking"


def test_a_checkout_runs_the_packaged_network(checkout: Path, tmp_path: Path) -> None:
    assert install_pytracking(checkout, parse("b0")) == ("lowtrack", "b0")
    write_clip(tmp_path, "walk", frames=4)
    folder = checkout / "pytracking"
    command = [sys.executable, "run_tracker.py", "lowtrack", "b0", str(tmp_path / "walk" / "img")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    x, y, w, h, score = map(float, done.stdout.split())
    assert abs(x + w / 2 - 17) < 6
    assert abs(y + h / 2 - 16) < 6
    assert 0 <= score <= 1


def test_what_others_wrote_is_left_alone(checkout: Path) -> None:
    install_pytracking(checkout, parse("best-1.5=b0@openvino-int8", device="cuda"))
    parameters = checkout / "pytracking/parameter/lowtrack/best_1_5.py"
    for word in ("'b0'", "engine='openvino'", "device='cuda'", "precision='int8'"):
        assert f" {word}," in parameters.read_text()
    assert "full_search=False," in parameters.read_text()
    install_pytracking(checkout, parse("best-1.5=b0"))  # again, renewed
    assert "engine='onnx'" in parameters.read_text()
    parameters.write_text("# mine\n")
    with pytest.raises(ContestantError, match="was not written by this command"):
        install_pytracking(checkout, parse("best-1.5=b0"))
    assert parameters.read_text() == "# mine\n"
    with pytest.raises(ContestantError, match="no checkout of visionml/pytracking: expected"):
        install_pytracking(checkout / "pytracking", parse("b0"))
    with pytest.raises(ContestantError, match="mil is no model of LowTrack"):
        install_pytracking(checkout, parse("mil"))


class Shown:
    """A viewer that remembers."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    def register(self, *call: object) -> None:
        self.calls.append(call)


def test_manners_of_a_base_tracker(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, object] = {}

    def fake_load(model: str, **options: object) -> Bright:
        asked.update(options, model=model)
        return Bright()

    monkeypatch.setattr(pytracking, "load", fake_load)
    made = PytrackingTracker(
        Parameters("b9", engine="openvino", threads=3, precision="int8", full_search=True)
    )
    assert asked == {
        "model": "b9",
        "engine": "openvino",
        "device": "cpu",
        "threads": 3,
        "precision": "int8",
        "full_search": True,
        "colour": "rgb",
    }
    image = np.zeros((48, 64, 3), np.uint8)
    made.initialize(image, {"init_bbox": np.array([1, 2, 3, 4])})
    image[20:30, 10:25] = 255
    found = made.track(image)
    assert found == {"target_bbox": [10.0, 20.0, 15.0, 10.0], "object_presence_score": 0.75}
    made.visdom_draw_tracking(image, found["target_bbox"])  # no viewer, nothing happens
    viewer = made.visdom = Shown()
    made.visdom_draw_tracking(image, found["target_bbox"], None)
    assert viewer.calls[0][1:] == ("Tracking", 1, "Tracking")
