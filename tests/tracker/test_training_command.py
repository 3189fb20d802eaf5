"""`lowtrack train` from the command line to a tracker, and what it refuses."""

import csv
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

import tracker
from apps.command import CommandError
from apps.train import main
from apps.train_bank import load_or_fill
from apps.train_options import run_options, train_parser
from tests.tracker.test_training_plot import BESIDE, LOGGED
from tracker.model.network import NETWORKS, TrackingNetwork
from tracker.training import bank, corpus
from tracker.training.head_stage import VERSION
from tracker.training.stages import StageConfig
from tracker.training.teacher import NanoTrack


@pytest.fixture(scope="module")
def teachers(shared: Path) -> Path:
    return shared / "teachers"


@pytest.fixture
def kept_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.training.validation.HELD_OUT", frozenset({"kept-apart", "lost"}))


def shown(root: Path, out: Path) -> list[str]:
    return ["--data", str(root), "--out", str(out), "--batch", "2"]


def record(run: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((run / "run.json").read_text())
    return found


def logged(run: Path) -> set[str]:
    with (run / "log.csv").open(newline="") as file:
        return {row["name"] for row in csv.DictReader(file)} - BESIDE


@pytest.mark.usefixtures("kept_apart")
def test_from_the_command_line_to_a_tracker(root: Path, teachers: Path, tmp_path: Path) -> None:
    run, model = tmp_path / "run", tmp_path / "model"
    common = ["--data", str(root), "--batch", "2"]
    taught = [*common, "--teachers", str(teachers)]
    start = str(teachers / "lowformer_b0_distilled.safetensors")
    assert main(["features", *taught, "--out", str(run / "features"), "--samples", "2"]) == 0
    head = ["head", *taught, "--out", str(run / "head"), "--views", "24", "--start", start]
    assert main([*head, "--samples", "2"]) == 0
    assert (run / "head" / "bank.safetensors").is_file()
    assert main([*head, "--samples", "4"]) == 0  # goes on, with the bank that is there
    pairs = ["pairs", *taught, "--out", str(run / "pairs"), "--samples", "2", "--start"]
    assert main([*pairs, str(run / "head" / "best.pt")]) == 0
    assert main([*pairs, start]) == 2  # that is another run
    assert main(["pack", str(run / "pairs"), str(model)]) == 0
    t = tracker.load(model)
    assert t.config.search_context == pytest.approx(4.0)
    assert t.config.near.size == 192
    assert t.card is not None
    assert (t.card.network, t.card.license, t.card.results) == ("b0", "unspecified", {})
    assert "2 samples" in t.card.schedule
    assert t.card.data == (
        "2 clips, 1 annotated targets in photographs, 2 photographs without; "
        "held out for validation: kept-apart"
    )
    last = ["presence", *common, "--out", str(run / "presence"), "--samples", "2"]
    assert main([*last, "--start", str(model)]) == 0
    for stage, names in LOGGED.items():
        assert logged(run / stage) == names
        assert main(["plot", str(run / stage)]) == 0
        assert (run / stage / "log.png").stat().st_size > 1000
    used = {stage: len(record(run / stage)["teachers"]) for stage in LOGGED}  # type: ignore[arg-type]
    assert used == {"features": 4, "head": 2, "pairs": 4, "presence": 0}
    mixed = ["pack", str(run / "presence"), str(tmp_path / "mixed"), "--last", "--blend"]
    (tmp_path / "results.json").write_text(json.dumps({"made up for this test": 1}))
    remarks = ["--data-note", "painted here", "--license", "Apache-2.0"]
    remarks += ["--results", str(tmp_path / "results.json")]
    assert main([*mixed, str(run / "pairs"), "0.3", *remarks]) == 0
    card = tracker.load(tmp_path / "mixed").card
    assert card is not None
    assert (card.license, card.results) == ("Apache-2.0", {"made up for this test": 1})
    assert "photographs without; painted here; held out" in card.data
    assert card.teacher.startswith("none in this run; started from model sha256 ")
    assert f"(teachers: {t.card.teacher})" in card.teacher
    assert t.card.teacher.count("nanotrack_v3") == 2  # of the stage before, only V2's are used
    assert t.card.teacher.count("nanotrack_v2") == 4
    assert "0.3 of" in card.schedule
    assert main([*mixed, str(run / "pairs"), "3"]) == 2
    assert main([*mixed, str(run / "features"), "0.3"]) == 2
    assert main(["pack", str(run / "features"), str(tmp_path / "none")]) == 2
    assert not (tmp_path / "none").exists()
    on = ["pairs", *taught, "--out", str(run / "on"), "--samples", "2"]
    on += ["--start", str(run / "presence" / "best.pt"), "--workers", "2", "--threads", "1"]
    assert main(on) == 0


@pytest.mark.usefixtures("kept_apart")
def test_a_run_goes_on_only_as_it_was_begun(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "data", tmp_path / "run"
    shutil.copytree(root, data)
    run = ["presence", *shown(data, out), "--samples"]
    assert main([*run, "2"]) == 0
    assert main([*run, "4", "--validate-every", "1", "--threads", "1"]) == 0
    capsys.readouterr()
    for other, says in (
        (
            ["--rate", "0.1", "--seed", "1"],
            "begun with other rate (0.001, not 0.1), seed (0, not 1):",
        ),
        (["--batch", "4"], "begun with other batch (2, not 4):"),
        (["--start", str(out / "best.pt")], "begun with other start:"),
        (["--workers", "2"], "begun with other workers (1, not 2):"),
    ):
        assert main([*run, "6", *other]) == 2
        assert says in capsys.readouterr().err
    picture = np.zeros((100, 140, 3), np.uint8)
    for changed, says in (
        ("sequences/kept-apart/img/000003.jpg", "begun with other held_out_data:"),
        ("stills/2.jpg", "begun with other data, held_out_data:"),
    ):
        cv2.imwrite(str(data / changed), picture)
        assert main([*run, "6"]) == 2
        assert says in capsys.readouterr().err
    begun = record(out)
    del begun["held_out_data"]
    (out / "run.json").write_text(json.dumps(begun))
    assert main([*run, "6"]) == 2
    error = capsys.readouterr().err
    assert "run.json is of a run begun by an older version" in error
    assert "another folder (--out)" in error


@pytest.mark.usefixtures("kept_apart")
@pytest.mark.parametrize("stage", ["head", "pairs", "presence"])
def test_networks_unlike_the_teachers_learn_features_alone(
    stage: str, root: Path, teachers: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taught = [] if stage == "presence" else ["--teachers", str(teachers)]
    for network in ("b1", "b1.5", "b3", "e1"):
        assert main([stage, *shown(root, tmp_path / "run"), *taught, "--network", network]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert f"--network {network} can learn a teacher's features only" in error
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("kept_apart")
def test_another_network_learns_features(root: Path, teachers: Path, tmp_path: Path) -> None:
    given = [*shown(root, tmp_path / "run"), "--teachers", str(teachers), "--samples", "2"]
    assert main(["features", *given, "--network", "e1"]) == 0


@pytest.mark.parametrize(
    ("option", "stages"),
    [
        ("--teachers", {"features", "head", "pairs"}),
        ("--backbone-rate", {"pairs"}),
        ("--frozen", {"features", "pairs"}),
        ("--frozen-stages", {"features", "pairs"}),
        ("--views", {"head"}),
    ],
)
def test_stages_have_the_options_that_they_use(option: str, stages: set[str]) -> None:
    for stage in LOGGED:
        given = [stage, *shown(Path("data"), Path("out"))]
        given += ["--teachers", "teachers"] if stage != "presence" else []
        if stage in stages:
            assert run_options(train_parser().parse_args([*given, option, "1"])).stage == stage
        else:
            with pytest.raises(CommandError, match=f"unrecognized arguments: {option}"):
                train_parser().parse_args([*given, option, "1"])


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
    teacher = NanoTrack(teachers, VERSION, torch.device("cpu"))
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
        (["presence", "--data", "."], "--out"),
        (["pairs", "--data", ".", "--teachers", ".", "--out", "o", "--network", "b9"], "b9"),
        (["pairs", "--data", ".", "--teachers", ".", "--out", "o", "--device", "tpu"], "tpu"),
        (["pairs", "--data", ".", "--teachers", ".", "--out", "o"], "--held-out"),
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
