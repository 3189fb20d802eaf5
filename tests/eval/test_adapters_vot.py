"""The wrapper for the VOT toolkit: TraX and folders, one target and several."""

import configparser
import contextlib
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.vot_tracker import main
from eval.adapters.install import install_vot
from eval.adapters.vot_folder import serve_folder
from eval.contestant import parse
from eval.errors import BenchmarkError, ContestantError
from tests.eval.clips import SIDE, write_clip
from tests.eval.fake_trackers import Bright, Still

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    write_clip(tmp_path, "walk", frames=6)
    return sorted(str(path) for path in (tmp_path / "walk" / "img").iterdir())


def prepare(folder: Path, pictures: list[str], queries: dict[str, str]) -> Path:
    folder.mkdir()
    (folder / "frames_color.txt").write_text("\n".join(pictures) + "\n")
    for name, text in queries.items():
        (folder / f"query_{name}.txt").write_text(text)
    return folder


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_a_folder_gets_an_answer_for_every_frame(tmp_path: Path, pictures: list[str]) -> None:
    folder = prepare(tmp_path / "work", pictures, {"obj0": "0\n5.0,10.0,12.0,12.0\nkey=value\n"})
    serve_folder(Bright, folder)
    assert lines(folder / "output_obj0.txt")[0] == "5.0000,10.0000,12.0000,12.0000"
    assert lines(folder / "output_obj0.txt")[5] == "15.0000,12.0000,12.0000,12.0000"
    assert lines(folder / "output_obj0_confidence.txt") == ["1.000000"] + ["0.750000"] * 5


def test_targets_that_come_later_and_polygons(tmp_path: Path, pictures: list[str]) -> None:
    polygon = "0\n1,2,11,2,11,22,6,25,1,22\n"
    queries = {"late": "3\n40,5,6,7\n", "first": polygon}
    folder = prepare(tmp_path / "work", pictures, queries)
    serve_folder(Still, folder)
    late = "40.0000,5.0000,6.0000,7.0000"
    assert lines(folder / "output_late.txt") == ["0"] * 3 + [late] * 3
    assert lines(folder / "output_late_confidence.txt")[:4] == ["0", "0", "0", "1.000000"]
    assert set(lines(folder / "output_first.txt")) == {"1.0000,2.0000,10.0000,23.0000"}


def test_folders_that_cannot_be_understood(tmp_path: Path, pictures: list[str]) -> None:
    with pytest.raises(BenchmarkError, match=r"frames_color\.txt, as the VOT toolkit's folder"):
        serve_folder(Still, tmp_path)
    with pytest.raises(BenchmarkError, match=r"expected .*query_ID\.txt"):
        serve_folder(Still, prepare(tmp_path / "none", pictures, {}))
    for number, region in enumerate(("m0,0,2,2,1", "1,2,3", "")):
        folder = prepare(tmp_path / str(number), pictures, {"obj0": f"0\n{region}\n"})
        with pytest.raises(BenchmarkError, match="rectangle"):
            serve_folder(Still, folder)


def test_the_command_answers_in_a_folder_of_its_own(tmp_path: Path, pictures: list[str]) -> None:
    folder = prepare(tmp_path / "work", pictures, {"obj0": "0\n5,10,12,12\n"})
    command = [sys.executable, "-m", "apps.vot_tracker", "folder", "b0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (0, b""), done.stderr
    boxes = [list(map(float, line.split(","))) for line in lines(folder / "output_obj0.txt")]
    assert len(boxes) == 6
    assert abs(boxes[5][0] + boxes[5][2] / 2 - 21) < 6
    assert all(0 <= float(line) <= 1 for line in lines(folder / "output_obj0_confidence.txt"))


def test_mistakes_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["smoke", "b0"]) == 2
    assert main(["folder", "no-such-model"]) == 2
    assert capsys.readouterr().err.count("\n") == 2


@contextlib.contextmanager
def speak(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Start a tracker that speaks TraX over its standard streams."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment) as process:
        yield process


def test_trax_as_the_reference_client_speaks_it(pictures: list[str]) -> None:
    trax = pytest.importorskip("trax", reason="vot-trax is not installed")
    client = pytest.importorskip("trax.client")
    source = "tests.eval.fake_trackers:Bright"
    with speak([sys.executable, "-m", "apps.vot_tracker", "trax", source]) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        ends = process.stdin.fileno(), process.stdout.fileno()
        asking = client.Client(stream=ends, log=lambda _: None)
        assert asking.tracker_name == f"lowtrack-{source}"
        for _ in range(2):  # a second sequence in the same process
            images = [{"color": trax.FileImage.create(path)} for path in pictures]
            box = trax.Rectangle.create(5, 10, SIDE, SIDE)
            status, _ = asking.initialize(images[0], [(box, {})], {})
            assert status[0][0].bounds() == (5, 10, SIDE, SIDE)
            status, seconds = asking.frame(images[1], {}, [])
            assert status[0][0].bounds() == (7, 11, SIDE, SIDE)
            assert float(status[0][1]["confidence"]) == 0.75
            assert seconds > 0
            more: list[object] = [(trax.Rectangle.create(1, 2, 3, 4), {})]
            status, _ = asking.frame(images[2], {}, more)
            assert [region.bounds() for region, _ in status] == [(9, 12, SIDE, SIDE), (1, 2, 3, 4)]
        asking.quit()
    assert process.returncode == 0


def test_a_toolkit_that_hangs_up_is_one_line() -> None:
    pytest.importorskip("trax", reason="vot-trax is not installed")
    command = [sys.executable, "-m", "apps.vot_tracker", "trax", "mil"]
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("lowtrack vot: the talk with the VOT toolkit broke off")
    assert done.stderr.count("\n") == 1


def test_without_vot_trax_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "trax", None)
    assert main(["trax", "b0"]) == 2
    assert "pip install 'lowtrack[vot]'" in capsys.readouterr().err


def test_trackers_ini_is_added_to(tmp_path: Path) -> None:
    (tmp_path / "trackers.ini").write_text("[mine]\nlabel = mine\n")
    assert install_vot(tmp_path, parse("b0"), trax=True) == "lowtrack-b0"
    assert install_vot(tmp_path, parse("b0@openvino"), trax=False) == "lowtrack-b0_openvino-folder"
    before = (tmp_path / "trackers.ini").read_text()
    install_vot(tmp_path, parse("b0"), trax=True)  # nothing new
    assert (tmp_path / "trackers.ini").read_text() == before
    found = configparser.ConfigParser()
    found.read_string(before)
    assert found.sections() == ["mine", "lowtrack-b0", "lowtrack-b0_openvino-folder"]
    trax = found["lowtrack-b0"]
    assert trax["protocol"] == "trax"
    assert trax["command"].endswith("-m apps.vot_tracker trax b0 --engine onnx --device cpu")
    assert Path(trax["env_PYTHONPATH"]) == ROOT
    assert found["lowtrack-b0_openvino-folder"]["convert"] == "rectangle"
    with pytest.raises(ContestantError, match="has another tracker lowtrack-b0"):
        install_vot(tmp_path, parse("b0=nanotrack-v2"), trax=True)
    with pytest.raises(ContestantError, match="is not a folder"):
        install_vot(tmp_path / "no", parse("b0"), trax=True)


def test_a_model_in_any_folder_is_found_by_the_toolkit(tmp_path: Path) -> None:
    model = tmp_path / """it's "50 %" \\new $HOME; #1"""
    model.mkdir()
    name = install_vot(tmp_path, parse(f"odd={model}"), trax=True)
    found = configparser.ConfigParser()  # as the toolkit reads it
    found.read(tmp_path / "trackers.ini")
    words = [sys.executable, "-m", "apps.vot_tracker", "trax", str(model)]
    assert shlex.split(found[name]["command"])[:5] == words


def test_precision_and_full_search_are_passed_on(tmp_path: Path) -> None:
    name = install_vot(tmp_path, parse("b0+full@openvino-int8"), trax=True)
    found = configparser.ConfigParser()
    found.read(tmp_path / "trackers.ini")
    assert found[name]["command"].endswith("--precision int8 --full-search")
