"""Training goes on exactly where it was killed, and only as it was begun."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tracker.model.network import NETWORKS, TrackingNetwork
from tracker.training import checkpoint, loop, teacher
from tracker.training.corpus import Corpus
from tracker.training.loop import DivergedError, LoopConfig, Report
from tracker.training.pair_stage import PairStage
from tracker.training.stages import StageConfig
from tracker.training.teacher import Teachers

CONFIG = LoopConfig(
    samples=2, batch=2, rate=1e-4, report_every=1, save_every=1, validate_every=1,
    cooldown=0.0, frozen=2, warmup=2,
)  # fmt: skip


@pytest.fixture(scope="module")
def teachers(shared: Path) -> Teachers:
    return teacher.load(shared / "teachers", PairStage.versions, torch.device("cpu"))


def train(pictures: Corpus, teachers: Teachers, folder: Path, config: LoopConfig) -> Report:
    torch.manual_seed(0)
    network = TrackingNetwork(NETWORKS["b0"])
    stage = PairStage(network, pictures, teachers, StageConfig())
    report: Report = {}
    for report in loop.train(stage, config, folder, validate=lambda _: {"score": 0.5}):
        assert report["samples_per_s"] > 0
    return report


def test_a_run_that_was_killed_goes_on_exactly(
    pictures: Corpus, teachers: Teachers, tmp_path: Path
) -> None:
    longer = replace(CONFIG, samples=6)
    whole = train(pictures, teachers, tmp_path / "whole", longer)
    train(pictures, teachers, tmp_path / "parts", CONFIG)
    parts = train(pictures, teachers, tmp_path / "parts", replace(longer, validate_every=3))
    assert parts["step"] == whole["step"] == 3
    assert parts["loss"] == pytest.approx(whole["loss"], rel=1e-6)
    one, two = (
        checkpoint.load(tmp_path / name / "last.pt", torch.device("cpu"))
        for name in ("whole", "parts")
    )
    for key in ("stage", "average"):
        for name, value in one[key].items():
            torch.testing.assert_close(two[key][name], value, msg=name)
    with (tmp_path / "parts" / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["step"] for row in rows} == {"1", "2", "3"}


def test_other_settings_are_not_mixed_in(
    pictures: Corpus, teachers: Teachers, tmp_path: Path
) -> None:
    train(pictures, teachers, tmp_path, CONFIG)
    for other, says in (
        (replace(CONFIG, seed=1), r"other seed \(0, not 1\):"),
        (replace(CONFIG, rate=1e-3), r"other rate \(0\.0001, not 0\.001\):"),
        (replace(CONFIG, frozen_stages=1), r"other frozen_stages \(0, not 1\):"),
    ):
        with pytest.raises(checkpoint.CheckpointError, match=says):
            train(pictures, teachers, tmp_path, replace(other, samples=4))


def test_what_another_network_left_is_not_gone_on_with(
    pictures: Corpus, teachers: Teachers, tmp_path: Path
) -> None:
    train(pictures, teachers, tmp_path, CONFIG)
    path = tmp_path / "last.pt"
    left = checkpoint.load(path, torch.device("cpu"))
    for other in (left | {"stage": {}}, {"network": left["stage"]}):
        checkpoint.save(path, other)
        with pytest.raises(checkpoint.CheckpointError, match=r"another network.*\(--out\)"):
            train(pictures, teachers, tmp_path, replace(CONFIG, samples=4))


def test_what_an_older_version_did_not_write_down_is_no_other_setting(tmp_path: Path) -> None:
    checkpoint.same(tmp_path, {"seed": 0, "samples": 2}, {"seed": 0})
    with pytest.raises(checkpoint.CheckpointError, match=r"by an older version, .*\(--out\)$"):
        checkpoint.same(tmp_path, {"seed": 0}, {"seed": 1, "warmup": 2})


def test_a_run_that_diverges_says_so_and_keeps_what_it_had(
    pictures: Corpus, teachers: Teachers, tmp_path: Path
) -> None:
    with pytest.raises(DivergedError, match="not finite"):
        train(pictures, teachers, tmp_path, replace(CONFIG, samples=20, rate=1e30))
    kept = checkpoint.load(tmp_path / "last.pt", torch.device("cpu"))
    assert all(torch.isfinite(v).all() for v in kept["average"].values() if v.is_floating_point())


def test_what_is_no_dictionary_is_no_checkpoint(tmp_path: Path) -> None:
    torch.save(torch.ones(1), tmp_path / "last.pt")
    with pytest.raises(checkpoint.CheckpointError, match="it holds a Tensor"):
        checkpoint.load(tmp_path / "last.pt", torch.device("cpu"))


@pytest.mark.parametrize("content", [b"", b"junk", b"PK\x03\x04 half a file"])
def test_a_damaged_checkpoint_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "last.pt").write_bytes(content)
    with pytest.raises(
        checkpoint.CheckpointError, match=r"last\.pt is no checkpoint, or is damaged$"
    ):
        checkpoint.load(tmp_path / "last.pt", torch.device("cpu"))
