import json
from dataclasses import replace
from pathlib import Path

import pytest

from tracker import Card, TrackingConfig, WeightsError, available, weights
from tracker.state import StateConfig


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tiny.bin").write_bytes(b"1234")
    weights.write(tmp_path, card(tmp_path))
    return tmp_path


def card(folder: Path) -> Card:
    return Card(
        name="tiny",
        network="b0",
        tracking=TrackingConfig(influence=0.3, state=StateConfig(patience=9)),
        files={"tiny.bin": weights.digest(folder / "tiny.bin")},
        license="Apache-2.0",
        data="none",
        teacher="none",
        schedule="none",
        results={"bench": {"success_auc": 0.5}},
    )


def test_a_card_comes_back_as_it_was_written(folder: Path) -> None:
    assert weights.read(folder) == card(folder)


def test_the_digest_covers_every_file(folder: Path) -> None:
    one = card(folder)
    two = replace(one, files={**one.files, "more.bin": "0" * 64})
    assert len(one.sha256) == 64
    assert one.sha256 != two.sha256


def test_a_damaged_file_is_refused(folder: Path) -> None:
    (folder / "tiny.bin").write_bytes(b"123x")
    with pytest.raises(WeightsError, match=r"tiny\.bin is not the file its card describes"):
        weights.read(folder)


def test_a_missing_file_is_refused(folder: Path) -> None:
    (folder / "tiny.bin").unlink()
    with pytest.raises(WeightsError, match=r"cannot read .*tiny\.bin"):
        weights.read(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"tracking": 3}', "null"])
def test_a_card_that_is_none_is_refused(folder: Path, text: str) -> None:
    (folder / weights.CARD).write_text(text)
    with pytest.raises(WeightsError, match="cannot read the card"):
        weights.read(folder)


def test_a_card_with_an_unknown_setting_is_refused(folder: Path) -> None:
    values = json.loads((folder / weights.CARD).read_text())
    values["tracking"]["inflence"] = 0.4
    (folder / weights.CARD).write_text(json.dumps(values))
    with pytest.raises(WeightsError, match="inflence"):
        weights.read(folder)


def test_an_unknown_model_is_an_error_that_lists_the_known() -> None:
    with pytest.raises(WeightsError, match=r"no model 'b7'.*packaged are"):
        weights.find("b7")


@pytest.mark.parametrize("name", available())
def test_packaged_models_are_whole_and_small(name: str) -> None:
    folder = weights.find(name)
    found = weights.read(folder)
    assert found.name == name
    assert sum(path.stat().st_size for path in folder.iterdir()) < 20e6
    for text in (found.data, found.teacher, found.schedule, found.license):
        assert len(text) > 5
