"""Training on data of one's own: which clips are held out, what may be missing, what goes wrong."""

import json
import os
import shutil
import stat
from pathlib import Path

import pytest

import tracker
from apps.train import main
from tracker.training import checkpoint


@pytest.fixture
def data(root: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(root, tmp_path / "data"))


def presence(data: Path, out: Path, *more: str) -> list[str]:
    given = ["presence", "--data", str(data), "--out", str(out), "--batch", "2", "--samples", "2"]
    return [*given, "--held-out", "kept-apart", *more]


def test_clips_of_ones_own_are_held_out(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(presence(data, out, "--workers", "2", "--threads", "1")) == 0
    assert json.loads((out / "run.json").read_text())["held_out"] == ["kept-apart"]
    assert main(["pack", str(out), str(tmp_path / "model")]) == 0
    card = tracker.load(tmp_path / "model").card
    assert card is not None
    assert card.data.endswith("held out for validation: kept-apart")
    capsys.readouterr()
    for names, says in (
        (
            ["one", "kept-apart"],
            "other data, clips (2, not 1), learned_from, held_out, held_out_data:",
        ),
        (["three"], "--held-out three: no such clip under"),
        (
            ["one", "two", "kept-apart"],
            "other data, clips (2, not 0), learned_from, held_out, held_out_data:",
        ),
    ):
        assert main([*presence(data, out, "--workers", "2"), "--held-out", *names]) == 2
        assert says in capsys.readouterr().err


@pytest.mark.parametrize("missing", [["stills.json"], ["one", "two"]])
def test_clips_alone_and_photographs_alone_will_do(
    missing: list[str], data: Path, tmp_path: Path
) -> None:
    for name in missing:
        path = data / name if name == "stills.json" else data / "sequences" / name
        path.rename(tmp_path / name)
    assert main(presence(data, tmp_path / "run")) == 0


def test_nothing_beside_what_is_held_out_is_an_error(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "stills.json").unlink()
    assert main(presence(data, tmp_path / "run", "--held-out", "one", "two", "kept-apart")) == 2
    assert "no training pictures" in capsys.readouterr().err


def test_a_start_that_fails_leaves_nothing(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    (tmp_path / "junk.pt").write_bytes(b"junk")
    checkpoint.save(tmp_path / "other.pt", {"network": {}})
    for name, says in (
        ("nothing.pt", "cannot read"),
        ("junk.pt", "junk.pt is no checkpoint, or is damaged\n"),
        ("other.pt", "other.pt does not fit"),
    ):
        assert main(presence(data, out, "--start", str(tmp_path / name))) == 2
        error = capsys.readouterr().err
        assert name in error
        assert says in error
        assert not out.exists()
    assert main(presence(data, out)) == 0
    assert [path.name for path in out.glob("*.part*")] == []


def test_what_is_held_out_was_not_learned_from_before(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, out, model = (tmp_path / name for name in ("first", "out", "model"))
    more = presence(data, first)
    more.insert(more.index("kept-apart"), "one")
    assert main(more) == 0
    on = presence(data, out, "--start", str(first / "best.pt"), "--held-out")
    capsys.readouterr()
    assert main([*on, "one", "two"]) == 2
    error = capsys.readouterr().err
    assert "best.pt has learned from two, on which weights are to be chosen" in error
    assert "(kept-apart, one)" in error
    assert not out.exists()
    assert main([*on, "kept-apart"]) == 0  # less may be held out later
    assert main(["pack", str(first), str(model)]) == 0
    begun = json.loads((first / "run.json").read_text())
    del begun["learned_from"]
    (first / "run.json").write_text(json.dumps(begun))
    for number, start in enumerate((first / "best.pt", model)):  # neither tells
        untold = presence(data, tmp_path / str(number), "--start", str(start))
        assert main([*untold, "--held-out", "two"]) == 0


def test_teachers_that_fail_leave_nothing(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for version in (2, 3):
        for part in ("backbone", "head"):
            (tmp_path / f"nanotrack_v{version}_{part}.onnx").write_bytes(b"version 1 of a pointer")
    for stage in ("features", "head", "pairs"):
        _, *given = presence(data, tmp_path / "run", "--teachers", str(tmp_path))
        assert main([stage, *given]) == 2
        assert "cannot read the teacher" in capsys.readouterr().err
        assert not (tmp_path / "run").exists()


def test_each_command_says_what_it_did(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, model = tmp_path / "run", tmp_path / "model"
    assert main(presence(data, out)) == 0
    capsys.readouterr()
    assert main(presence(data, out)) == 0
    assert capsys.readouterr().err == (
        f"{out}: nothing left to do, 2 samples were shown already; "
        f"more --samples make the run longer\n"
    )
    assert main(["plot", str(out)]) == 0
    assert capsys.readouterr().out == f"{out / 'log.png'}: drawn from {out / 'log.csv'}\n"
    assert main(["pack", str(out), str(model)]) == 0
    assert capsys.readouterr().out == (
        f"{model}: b0, 2 samples in batches of 2; lowtrack train presence; best validated weights\n"
    )


def test_what_is_packed_may_be_read_by_whom_the_umask_lets(data: Path, tmp_path: Path) -> None:
    out, model = tmp_path / "run", tmp_path / "model"
    assert main(presence(data, out)) == 0
    before = os.umask(0o027)
    try:
        assert main(["pack", str(out), str(model)]) == 0
    finally:
        os.umask(before)
    assert {stat.filemode(path.stat().st_mode) for path in model.iterdir()} == {"-rw-r-----"}
    assert not list(model.glob("*.partial"))


def test_earlier_teachers_are_remembered(data: Path, tmp_path: Path) -> None:
    first, second, model = (tmp_path / name for name in ("first", "second", "model"))
    assert main(presence(data, first)) == 0
    record = json.loads((first / "run.json").read_text())
    assert record["start_teachers"] is None
    (first / "run.json").write_text(json.dumps(record | {"teachers": ["Ann", "Bob"]}))
    assert main(presence(data, second, "--start", str(first / "best.pt"))) == 0
    assert main(["pack", str(second), str(model)]) == 0
    card = tracker.load(model).card
    assert card is not None
    assert card.teacher.startswith("none in this run; started from best.pt sha256 ")
    assert card.teacher.endswith(" (teachers: Ann; Bob; started from random)")
    alone = Path(shutil.copy(first / "best.pt", tmp_path))  # with nothing beside it that tells
    assert main(presence(data, tmp_path / "third", "--start", str(alone))) == 0


def test_features_alone_cannot_be_packed(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, other, model = tmp_path / "run", tmp_path / "other", tmp_path / "model"
    assert main(presence(data, out)) == 0
    shutil.copytree(out, other)
    record = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps(record | {"stage": "features"}))
    capsys.readouterr()
    for pack in (["pack", str(out), str(model)],
                 ["pack", str(other), str(model), "--blend", str(out), "0.5"]):  # fmt: skip
        assert main(pack) == 2
        assert "only runs of head, pairs and presence can be packed" in capsys.readouterr().err
    assert not model.exists()
