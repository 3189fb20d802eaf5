"""What is no dict of tensors is refused in one line, and nothing in a file is run."""

from __future__ import annotations

import pickle
import random
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from backbones import CheckpointError
from backbones.checkpoint import read_tensors
from tests.backbones.foreign import refused, saved, small
from tests.golden import filling


class _Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, sprung: Path) -> None:
        self.sprung = sprung

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.sprung,)


@pytest.mark.parametrize("as_zip", [True, False])
def test_a_pickle_that_would_run_code_is_refused_and_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, as_zip: bool
) -> None:
    source, sprung = tmp_path / "a.pt", tmp_path / "sprung"
    content = {"state_dict": small(), "settings": _Trap(sprung)}
    torch.save(content, source, _use_new_zipfile_serialization=as_zip)
    error = refused(source, capsys)
    assert "more than tensors" in error
    assert "save the state dict alone" in error
    assert not sprung.exists()
    torch.load(source, weights_only=False)
    assert sprung.exists(), "the trap itself is broken"


@pytest.mark.parametrize("content", [nn.Linear(2, 2), {"a": filling.samples(torch.ones(3))}])
def test_modules_and_arrays_are_refused(
    content: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "more than tensors: it names " in refused(saved(content, tmp_path / "a.pt"), capsys)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ({**{"weight": torch.ones(1)}, "epoch": 3}, "epoch (int)"),
        ({"state_dict": {"weight": torch.ones(1), "name": "b0"}}, "name (str)"),
        ({"state_dict": {1: torch.ones(1)}}, "1 (Tensor)"),
        ({"weight": torch.eye(3).to_sparse()}, "weight (Tensor)"),
        ({"weight": torch.empty(3, device="meta")}, "weight (Tensor)"),
        ({}, "holds nothing"),
        ([torch.ones(1)], "holds a list"),
        (torch.ones(1), "holds a Tensor"),
    ],
)
def test_anything_but_named_tensors_is_refused(
    content: object, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert word in refused(saved(content, tmp_path / "a.pt"), capsys)


def test_a_checkpoint_that_holds_itself_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content: dict[str, object] = {"epoch": 3}
    content["net"] = {"model": content}
    assert "holds a dict, not a dict of tensors" in refused(
        saved(content, tmp_path / "a.pt"), capsys
    )


def test_any_number_of_wrappers_comes_off(tmp_path: Path) -> None:
    wrapped = {f"{'module.' * 3000}weight": torch.ones(1)}
    assert read_tensors(saved(wrapped, tmp_path / "a.pt")).keys() == {"weight"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no checkpoint",
        pickle.dumps({"a": 1}, protocol=4)[:-3],
        b"\x10\x00\x00\x00\x00\x00\x00\x00{not a header",
        b"\xff" * 8 + b"{",
    ],
)
def test_files_of_something_else_are_refused(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "a.pt"
    source.write_bytes(content)
    assert "damaged" in refused(source, capsys)


@pytest.mark.parametrize("as_zip", [True, False])
def test_damaged_files_are_refused_without_a_traceback(tmp_path: Path, *, as_zip: bool) -> None:
    source = tmp_path / "a.pt"
    torch.save({"a": torch.ones(9)}, source, _use_new_zipfile_serialization=as_zip)
    whole = source.read_bytes()
    generator = random.Random(0)
    refusals = 0
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(generator.choice((1, 3))):
            damaged[generator.randrange(min(600, len(whole)))] = generator.randrange(256)
        source.write_bytes(damaged[: generator.choice((len(whole), len(whole) // 2))])
        try:
            read_tensors(source)
        except CheckpointError:
            refusals += 1
    assert refusals > 150


def test_a_torch_that_cannot_open_pickles_safely_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = saved(small(), tmp_path / "a.pt")
    monkeypatch.setattr(torch, "__version__", torch.torch_version.TorchVersion("2.9.1+cpu"))
    assert "torch>=2.10" in refused(source, capsys)
    save_file({"weight": torch.ones(1)}, source)
    assert read_tensors(source).keys() == {"weight"}
