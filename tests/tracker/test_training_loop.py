"""Training goes on exactly where it was killed, and what it writes can be used."""

import csv
import json
from pathlib import Path

import pytest
import torch

import tracker
from apps.train import main
from apps.train_bank import load_or_fill
from apps.train_options import run_options, train_parser
from tracker.model.network import NETWORKS, TrackingNetwork
from tracker.training import bank, checkpoint, corpus, loop
from tracker.training.corpus import Corpus
from tracker.training.head_stage import GENERATION
from tracker.training.loop import DivergedError, LoopConfig, Report
from tracker.training.pair_stage import PairStage
from tracker.training.stages import StageConfig
from tracker.training.teacher import NanoTrack


@pytest.fixture(scope="module")
def teachers(shared: Path) -> Path:
    return shared / "teachers"


def train(pictures: Corpus, teachers: Path, folder: Path, samples: int, rate: float) -> Report:
    torch.manual_seed(0)
    network = TrackingNetwork(NETWORKS["b0"])
    stage = PairStage(network, pictures, teachers, StageConfig())
    config = LoopConfig(
        samples=samples, batch=2, rate=rate, report_every=1, save_every=1, validate_every=1,
        cooldown=0.0, frozen=2, warmup=2,
    )  # fmt: skip
    report: Report = {}
    for report in loop.train(stage, config, folder, validate=lambda _: {"score": 0.5}):
        assert report["samples_per_s"] > 0
    return report


def test_a_run_that_was_killed_goes_on_exactly(
    pictures: Corpus, teachers: Path, tmp_path: Path
) -> None:
    whole = train(pictures, teachers, tmp_path / "whole", 6, 1e-4)
    train(pictures, teachers, tmp_path / "parts", 2, 1e-4)
    parts = train(pictures, teachers, tmp_path / "parts", 6, 1e-4)
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


def test_another_seed_is_not_mixed_in(pictures: Corpus, teachers: Path, tmp_path: Path) -> None:
    train(pictures, teachers, tmp_path, 2, 1e-4)
    stage = PairStage(TrackingNetwork(NETWORKS["b0"]), pictures, teachers, StageConfig())
    config = LoopConfig(samples=4, batch=2, seed=1)
    with pytest.raises(checkpoint.CheckpointError, match="seed=0, not 1"):
        next(loop.train(stage, config, tmp_path, validate=lambda _: {"score": 0.0}))


def test_a_run_that_diverges_says_so_and_keeps_what_it_had(
    pictures: Corpus, teachers: Path, tmp_path: Path
) -> None:
    train(pictures, teachers, tmp_path, 2, 1e-4)
    with pytest.raises(DivergedError, match="not finite"):
        train(pictures, teachers, tmp_path, 20, 1e30)
    kept = checkpoint.load(tmp_path / "last.pt", torch.device("cpu"))
    assert all(torch.isfinite(v).all() for v in kept["average"].values() if v.is_floating_point())


@pytest.mark.parametrize("content", [b"", b"junk", b"PK\x03\x04 half a file"])
def test_a_damaged_checkpoint_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "last.pt").write_bytes(content)
    with pytest.raises(checkpoint.CheckpointError, match=r"cannot read .*last\.pt"):
        checkpoint.load(tmp_path / "last.pt", torch.device("cpu"))


def test_from_the_command_line_to_a_tracker(
    root: Path, teachers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tracker.training.validation.HELD_OUT", frozenset({"kept-apart"}), raising=True
    )
    run, model = tmp_path / "run", tmp_path / "model"
    common = ["--data", str(root), "--teachers", str(teachers), "--batch", "2"]
    start = str(teachers / "lowformer_b0_distilled.safetensors")
    assert main(["features", *common, "--out", str(run / "1"), "--samples", "2"]) == 0
    head = ["head", *common, "--out", str(run / "head"), "--views", "24", "--start", start]
    assert main([*head, "--samples", "2"]) == 0
    assert (run / "head" / "bank.safetensors").is_file()
    assert main([*head, "--samples", "4"]) == 0  # goes on, with the bank that is there
    again = ["pairs", *common, "--out", str(run / "2"), "--samples", "2", "--start"]
    assert main([*again, str(run / "head" / "best.pt")]) == 0
    assert main([*again, start]) == 2  # that is another run
    assert main(["plot", str(run / "2")]) == 0
    assert (run / "2" / "log.png").stat().st_size > 1000
    (tmp_path / "results.json").write_text(json.dumps({"made up for this test": 1}))
    results = str(tmp_path / "results.json")
    assert main(["pack", str(run / "2"), str(model), "--results", results]) == 0
    t = tracker.load(model)
    assert t.card is not None
    assert t.card.network == "b0"
    assert t.config.search_context == pytest.approx(4.0)
    assert t.config.near.size == 192
    assert "2 samples" in t.card.schedule
    assert t.card.results == {"made up for this test": 1}
    last = ["presence", *common, "--out", str(run / "4"), "--samples", "2"]
    assert main([*last, "--start", str(model)]) == 0
    mixed = ["pack", str(run / "4"), str(tmp_path / "mixed"), "--last", "--blend"]
    assert main([*mixed, str(run / "2"), "0.3"]) == 0
    assert "0.3 of" in tracker.load(tmp_path / "mixed").card.schedule  # type: ignore[union-attr]
    assert main([*mixed, str(run / "2"), "3"]) == 2
    on = ["pairs", *common, "--out", str(run / "3"), "--samples", "2", "--start", str(model)]
    assert main([*on, "--workers", "2", "--threads", "1"]) == 0


def test_workers_fill_the_bank_that_one_fills(
    root: Path, teachers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.train_bank._STEPS", 1)
    given = ["--data", str(root), "--teachers", str(teachers), "--out", str(tmp_path)]
    workers = ["--views", "60", "--workers", "2", "--threads", "1"]
    options = run_options(train_parser().parse_args(["head", *given, *workers]))
    pictures = corpus.load(root, without=frozenset(), device=torch.device("cpu"))
    torch.manual_seed(0)
    network = TrackingNetwork(NETWORKS["b0"])
    found = load_or_fill(options, network, pictures)
    assert [path.name for path in tmp_path.iterdir()] == ["bank.safetensors"]
    teacher = NanoTrack(teachers, GENERATION, torch.device("cpu"))
    alone = bank.fill(network, teacher, pictures, StageConfig(), seed=0, steps=range(3))
    assert len(found.target) == 72
    assert found.target.tolist() == alone.target.tolist()
    torch.testing.assert_close(found.search, alone.search, atol=0.05, rtol=0.05)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["pairs"], "--data"),
        (["plot", "nowhere"], "no log"),
        (["pack", "nowhere", "model"], "cannot read"),
        (["pairs", "--data", ".", "--teachers", ".", "--out", "o", "--network", "b9"], "b9"),
        (["pairs", "--data", ".", "--teachers", ".", "--out", "o", "--device", "tpu"], "tpu"),
        (["pairs", "--data", ".", "--teachers", ".", "--out", "o"], "no training pictures"),
        (["pairs", "--data", ".", "--teachers", ".", "--out", "o", "--workers", "5"], "multiple"),
        (["head", "--data", ".", "--teachers", ".", "--out", "o", "--views", "0"], "--views"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert says in error
