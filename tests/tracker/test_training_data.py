"""The folder of training data: what is read, what is held out and tracked, what is refused."""

import json
import math
import shutil
from pathlib import Path

import pytest
import torch

from tests.tracker.pictures import write_clip
from tracker.config import TrackingConfig
from tracker.model.network import NETWORKS, NetworkConfig, TrackingNetwork
from tracker.training import corpus, validation
from tracker.training.annotations import CorpusError, read_clip
from tracker.training.corpus import Corpus

CPU = torch.device("cpu")


def test_the_corpus_keeps_what_is_held_out_away(pictures: Corpus) -> None:
    assert [clip.name for clip in pictures.clips] == ["one", "two"]
    assert all(len(clip.images) == 7 for clip in pictures.clips)  # one frame has no target
    assert len(pictures.stills) == 1
    assert len(pictures.plain) == 2  # a box of four pixels teaches nothing
    assert len(pictures.images) == 7 + 7 + 3


def test_missing_or_damaged_data_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no training pictures"):
        corpus.load(tmp_path, without=frozenset(), device=CPU)
    write_clip(tmp_path / "sequences" / "bad", 3)
    write_clip(tmp_path / "sequences" / "good", 3)
    (tmp_path / "sequences" / "bad" / "img" / "000002.jpg").write_bytes(b"no picture")
    with pytest.raises(CorpusError, match="cannot read the picture"):
        corpus.load(tmp_path, without=frozenset(), device=CPU)
    (tmp_path / "sequences" / "bad" / "img" / "000002.jpg").unlink()
    with pytest.raises(CorpusError, match=r"groundtruth\.txt: 3 boxes, but 2 pictures"):
        corpus.load(tmp_path, without=frozenset(), device=CPU)
    (tmp_path / "sequences" / "bad" / "groundtruth.txt").unlink()
    with pytest.raises(CorpusError, match=r"cannot read .*groundtruth\.txt: No such file"):
        corpus.load(tmp_path, without=frozenset(), device=CPU)


@pytest.mark.parametrize("line", ["1,2,3", "1,2,3,4,5", "1,2,3,four", "1 2 3 4", "1,,3,4", "\xff"])
def test_a_line_that_is_no_box_is_named(line: str, tmp_path: Path) -> None:
    write_clip(tmp_path, 3)
    path = tmp_path / "groundtruth.txt"
    path.write_text(path.read_text().replace("34,40,24,24", line), encoding="latin-1")
    with pytest.raises(CorpusError, match=r"groundtruth\.txt:2: expected x,y,w,h"):
        read_clip(tmp_path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "cannot read"),
        ("[{]", "line 1 column 3"),
        ("{}", "expected a list"),
        ('[{"file": "0.jpg"}, "1.jpg"]', "entry 2: expected"),
        ('[{"boxes": null}]', "entry 1: expected"),
        ('[{"file": "0.jpg", "boxes": [1, 2, 3, 4]}]', "entry 1: expected"),
        ('[{"file": "0.jpg", "boxes": [[1, 2, 3]]}]', "entry 1: expected"),
        ('[{"file": "0.jpg", "boxes": [["x", 2, 3, 4]]}]', "entry 1: expected"),
    ],
)
def test_a_damaged_list_of_photographs_is_an_error(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "stills.json").write_text(text)
    with pytest.raises(CorpusError, match=says) as found:
        corpus.load(tmp_path, without=frozenset(), device=CPU)
    assert "stills.json" in str(found.value)


def test_boxes_that_are_no_numbers_teach_nothing(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path, dirs_exist_ok=True)
    boxes = [[math.nan, 40, 30, 30], [50, 40, math.inf, 30], [50, 40, 30, 30]]
    (tmp_path / "stills.json").write_text(json.dumps([{"file": "0.jpg", "boxes": boxes}]))
    found = corpus.load(tmp_path, without=frozenset(), device=CPU)
    assert [still.boxes_xywh.tolist() for still in found.stills] == [[[50, 40, 30, 30]]]


def test_other_pictures_or_boxes_are_other_data(root: Path, tmp_path: Path) -> None:
    def digest() -> str:
        return corpus.load(tmp_path, without=frozenset(), device=CPU).sha256

    shutil.copytree(root, tmp_path, dirs_exist_ok=True)
    before = digest()
    assert before == digest() == corpus.load(root, without=frozenset(), device=CPU).sha256
    truth = tmp_path / "sequences" / "one" / "groundtruth.txt"
    truth.write_text(truth.read_text().replace("30,40,24,24", "30,40,24,25"))
    moved = digest()
    picture = tmp_path / "stills" / "0.jpg"
    picture.write_bytes((tmp_path / "sequences" / "one" / "img" / "000001.jpg").read_bytes())
    assert len({before, moved, digest()}) == 3


def test_two_clips_or_photographs_are_needed(root: Path, tmp_path: Path) -> None:
    def load(*without: str) -> Corpus:
        return corpus.load(tmp_path, without=frozenset(without), device=CPU)

    shutil.copytree(root / "sequences", tmp_path / "sequences")
    assert len(load("kept-apart").clips) == 2
    with pytest.raises(CorpusError, match=r"two is all that there is .*: .* two are needed"):
        load("kept-apart", "one")
    shutil.copytree(root / "stills", tmp_path / "stills")
    boxes = [[50, 40, 30, 30], [10, 10, 20, 20]]  # of one photograph, so no strangers
    (tmp_path / "stills.json").write_text(json.dumps([{"file": "0.jpg", "boxes": boxes}]))
    with pytest.raises(CorpusError, match=r"0\.jpg is all that there is to learn from"):
        load("kept-apart", "one", "two")
    assert len(load("kept-apart", "one").stills) == 2


def test_other_pictures_or_boxes_are_other_held_out_clips(root: Path, tmp_path: Path) -> None:
    def digest(*names: str) -> str:
        return validation.digest(validation.held_out(tmp_path, names))

    shutil.copytree(root, tmp_path, dirs_exist_ok=True)
    before = digest("kept-apart", "one")
    assert before == digest("one", "kept-apart") != digest("one")
    clip = tmp_path / "sequences" / "one"
    truth = clip / "groundtruth.txt"
    truth.write_text(truth.read_text().replace("30,40,24,24", "30,40,24,25"))
    moved = digest("kept-apart", "one")
    (clip / "img" / "000003.jpg").write_bytes((clip / "img" / "000001.jpg").read_bytes())
    assert len({before, moved, digest("kept-apart", "one")}) == 3  # of a frame without a target


@pytest.mark.parametrize("name", NETWORKS)
def test_validation_tracks_with_crops_of_the_networks_sizes(name: str) -> None:
    config = validation.tracking(NETWORKS[name])
    assert config.template_size == NETWORKS[name].template_size
    assert config.search_size == NETWORKS[name].search_size
    assert config.search_context == pytest.approx(4.0)
    if name == "b0":
        assert config == TrackingConfig()  # without what packing adds


@pytest.mark.parametrize("network", [NETWORKS["b0"], NetworkConfig(backbone="b0")])
def test_held_out_clips_are_tracked(network: NetworkConfig, root: Path) -> None:
    torch.manual_seed(0)
    clips = validation.held_out(root, ["kept-apart"])
    found = validation.validate(TrackingNetwork(network).eval(), clips, CPU)
    assert set(found) == {"score", "sr50"}


def test_clips_are_held_out_by_name_or_as_usual(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def names(*given: str) -> list[str]:
        return [folder.name for folder in validation.held_out(root, given)]

    assert names("two", "kept-apart", "two") == ["kept-apart", "two"]
    with pytest.raises(CorpusError, match="--held-out nowhere three: no such clip"):
        names("three", "two", "nowhere")
    with pytest.raises(CorpusError, match=r"of the 3 under .*: name some of them with --held-out"):
        names()
    monkeypatch.setattr(validation, "HELD_OUT", frozenset({"kept-apart", "lost"}))
    assert names() == ["kept-apart"]
    assert names("one") == ["one"]


def test_a_held_out_clip_may_begin_without_its_target(tmp_path: Path) -> None:
    clip = tmp_path / "sequences" / "late"
    write_clip(clip, 5)
    path = clip / "groundtruth.txt"
    absent = "NaN,NaN,NaN,NaN"
    path.write_text(path.read_text().replace("30,40,24,24", absent))
    torch.manual_seed(0)
    network = TrackingNetwork(NETWORKS["b0"]).eval()
    found = validation.validate(network, validation.held_out(tmp_path, ["late"]), CPU)
    assert 0 <= found["score"] <= 1
    assert len(validation.held_out_crops([clip], 64)) == 1
    path.write_text("\n".join([absent] * 4 + ["30,40,24,24"]))
    with pytest.raises(CorpusError, match="late is held out, but shows its target in fewer"):
        validation.held_out(tmp_path, ["late"])
