"""What decides the boxes of a model of this project."""

from pathlib import Path

import pytest

from eval.contestant import parse
from eval.identity import digest_of_code, identity
from tests.eval.trees import write
from tracker import Card
from tracker.runtime.auto import Choice
from tracker.runtime.engines import Place

FILES = ("backbones/net.py", "tracker/step.py", "tracker/runtime/crop.ptx")
NO_MATTER = ("tracker/training/loop.py", "tracker/runtime/crop.cu", "eval/run.py")


def test_the_engine_that_auto_picks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int | None] = []

    def choose(_folder: Path, _card: Card, place: Place, _precision: str | None) -> Choice:
        asked.append(place.threads)
        return Choice("onnx", {}, remembered=True)

    monkeypatch.setattr("tracker.runtime.auto.choose", choose)
    assert identity(parse("b0@auto"), threads=2)["engine"] == "onnx"
    assert asked == [2]


def install(root: Path) -> Path:
    for name in (*FILES, *NO_MATTER):
        write(root / name, name)
    return root


def test_the_place_of_the_code_does_not_matter(tmp_path: Path) -> None:
    found = digest_of_code(install(tmp_path / "training" / "zoo"))
    assert found == digest_of_code(install(tmp_path / "a"))
    assert found != digest_of_code(tmp_path / "nothing")


@pytest.mark.parametrize("name", [*FILES, "backbones/new.py", "tracker/runtime/new.py"])
def test_whatever_runs_a_model_matters(tmp_path: Path, name: str) -> None:
    before = digest_of_code(install(tmp_path))
    write(tmp_path / name, "changed")
    assert digest_of_code(tmp_path) != before


@pytest.mark.parametrize("name", NO_MATTER)
def test_what_never_runs_one_does_not(tmp_path: Path, name: str) -> None:
    before = digest_of_code(install(tmp_path))
    write(tmp_path / name, "changed")
    assert digest_of_code(tmp_path) == before
