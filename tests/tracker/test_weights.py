import json
import math
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


def edited(folder: Path, **tracking: object) -> Path:
    values = json.loads((folder / weights.CARD).read_text())
    values["tracking"] |= tracking
    (folder / weights.CARD).write_text(json.dumps(values))
    return folder


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


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"tracking": 3}', "null", "[" * 100_000])
def test_a_card_that_is_none_is_refused(folder: Path, text: str) -> None:
    (folder / weights.CARD).write_text(text)
    with pytest.raises(WeightsError, match="cannot read the card"):
        weights.read(folder)


def test_a_card_with_an_unknown_setting_is_refused(folder: Path) -> None:
    with pytest.raises(WeightsError, match="inflence"):
        weights.read(edited(folder, inflence=0.4))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("search_size", 256.0),
        ("template_size", "128"),
        ("lead", None),
        ("search_context", 0),
        ("influence", math.nan),
        ("crop_rule", "areas"),
        ("state", {"patience": "6"}),
        ("memory", {"rate": [0.4]}),
        ("comparison", {"every": 0}),
    ],
)
def test_a_setting_that_means_nothing_is_refused(folder: Path, name: str, value: object) -> None:
    word = next(iter(value)) if isinstance(value, dict) else name
    with pytest.raises(WeightsError, match=f"cannot read the card .*{word}"):
        weights.read(edited(folder, **{name: value}))


def test_a_whole_number_may_stand_for_a_fraction(folder: Path) -> None:
    assert weights.read(edited(folder, search_context=4)).tracking.search_context == 4


@pytest.mark.parametrize("files", [["tiny.bin"], None, "tiny.bin"])
def test_a_list_of_files_without_digests_is_refused(folder: Path, files: object) -> None:
    values = json.loads((folder / weights.CARD).read_text())
    (folder / weights.CARD).write_text(json.dumps(values | {"files": files}))
    with pytest.raises(WeightsError, match="cannot read the card"):
        weights.read(folder)


def test_a_folder_that_cannot_be_looked_into_is_an_error() -> None:
    with pytest.raises(WeightsError, match=r"cannot read the model 'xx.*: File name too long"):
        weights.find("x" * 5000)


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
