from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from backbones import VARIANTS, CheckpointError, Classifier, load_classifier
from backbones.weights import save_weights


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "b0.safetensors"
    torch.manual_seed(0)
    state = Classifier(VARIANTS["b0"]).state_dict()
    save_weights(state, path, network="b0", source="a seed", license_="none")
    return path


@pytest.fixture
def weights(original: Path, tmp_path: Path) -> Path:
    for file in (original, original.with_suffix(".json")):
        shutil.copy(file, tmp_path)
    return tmp_path / original.name


def edit_card(weights: Path, **changes: object) -> None:
    file = weights.with_suffix(".json")
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def edit_weights(weights: Path, change: Callable[[dict[str, torch.Tensor]], Any]) -> None:
    """Rewrite the file, and let the card know."""
    tensors = load_file(weights)
    change(tensors)
    save_file(tensors, weights)
    edit_card(weights, sha256=sha256(weights.read_bytes()).hexdigest())


def test_what_was_saved_is_loaded(original: Path) -> None:
    classifier = load_classifier(str(original))
    torch.manual_seed(0)
    for name, value in Classifier(VARIANTS["b0"]).state_dict().items():
        assert torch.equal(classifier.state_dict()[name], value), name
    assert not classifier.training
    assert all(p.requires_grad and not p.is_meta for p in classifier.parameters())
    with torch.no_grad():
        assert classifier(torch.zeros(1, 3, 65, 33)).logits.shape == (1, 1000)


def test_a_changed_byte_is_noticed(weights: Path) -> None:
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(CheckpointError, match="not the file its card describes"):
        load_classifier(weights)


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
def test_both_files_are_needed(weights: Path, suffix: str) -> None:
    weights.with_suffix(suffix).unlink()
    with pytest.raises(CheckpointError, match="cannot read"):
        load_classifier(weights)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "3", '{"network": "b0"}', "\udcff", "[" * 100_000]
)
def test_a_card_that_is_none_is_refused(weights: Path, text: str) -> None:
    weights.with_suffix(".json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(CheckpointError, match="card"):
        load_classifier(weights)


@pytest.mark.parametrize("changes", [{"network": 3}, {"sha256": None}, {"colour": "red"}])
def test_a_card_with_odd_fields_is_refused(weights: Path, changes: dict[str, object]) -> None:
    edit_card(weights, **changes)
    with pytest.raises(CheckpointError, match="card"):
        load_classifier(weights)


def test_an_unknown_variant_is_refused(weights: Path) -> None:
    edit_card(weights, network="b9")
    with pytest.raises(CheckpointError, match=r"'b9'; there are b0, b1, b1\.5"):
        load_classifier(weights)


def test_weights_of_another_variant_are_refused(weights: Path) -> None:
    edit_card(weights, network="b1")
    with pytest.raises(CheckpointError, match=r"stages\.3\.5\.2\.fn\.2\.0\.weight|missing"):
        load_classifier(weights)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda t: t.pop("classify.bias"), "1 missing: classify.bias"),
        (lambda t: t.update(more=torch.ones(1)), "1 unexpected: more"),
        (
            lambda t: t.update({"classify.bias": torch.ones(3)}),
            r"classify.bias is \(3,\), should be \(1000,\)",
        ),
        (lambda t: t["classify.bias"].fill_(torch.nan), "not finite in classify.bias"),
        (lambda t: t["embed.0.weight"][-1, -1:].fill_(-torch.inf), "not finite in embed.0.weight"),
    ],
)
def test_every_entry_is_checked(
    weights: Path, change: Callable[[dict[str, torch.Tensor]], Any], word: str
) -> None:
    edit_weights(weights, change)
    with pytest.raises(CheckpointError, match=word):
        load_classifier(weights)


def test_a_damaged_file_with_the_right_sum_is_refused(weights: Path) -> None:
    weights.write_bytes(weights.read_bytes()[:1000])
    edit_card(weights, sha256=sha256(weights.read_bytes()).hexdigest())
    with pytest.raises(CheckpointError, match="damaged"):
        load_classifier(weights)
