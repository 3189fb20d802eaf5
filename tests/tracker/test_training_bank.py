"""A bank of features: what it holds, which rows belong together, and a head that learns from it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tracker import WeightsError
from tracker.model.head import Answer
from tracker.model.network import NETWORKS, TrackingNetwork
from tracker.training import bank, teacher
from tracker.training.bank import BATCH, Bank
from tracker.training.corpus import Corpus
from tracker.training.head_stage import VERSION, HeadStage, _nearest
from tracker.training.hints import HintError, Hints
from tracker.training.presence_stage import PresenceStage
from tracker.training.stages import PresenceError, StageConfig, told
from tracker.training.teacher import NanoTrack

CPU = torch.device("cpu")


def made(target: list[int]) -> Bank:
    count = len(target)
    return Bank(
        torch.rand(count, 4, 8, 8).half(),
        torch.rand(count, 4, 16, 16).half(),
        torch.rand(min(count, 2), 3, 16, 16).half(),
        torch.rand(count, 4),
        np.arange(count),
        np.array(target),
    )


def test_templates_are_of_the_same_target_and_lone_views_keep_their_own() -> None:
    target = [3, -1, 7, 3, -1, 3, 7]
    views = made(target)
    search, template = views.draw(np.random.default_rng(0), 400)
    for s, t in zip(search, template, strict=True):
        assert target[s] == target[t]
        assert target[s] >= 0 or s == t
    # every template of a target is drawn with every search crop of it
    assert {(0, 5), (5, 3), (3, 3), (2, 6)} <= set(zip(search, template, strict=True))
    again, _ = views.draw(np.random.default_rng(0), 400)
    np.testing.assert_array_equal(search, again)


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    views = made([0, 0, -1])
    bank.save(tmp_path / "bank.safetensors", views)
    found = bank.load([tmp_path / "bank.safetensors"], CPU)
    assert torch.equal(found.template, views.template)
    assert torch.equal(found.search, views.search)
    assert torch.equal(found.teacher, views.teacher)
    assert torch.equal(found.truth_cxcywh, views.truth_cxcywh)
    np.testing.assert_array_equal(found.target, views.target)
    np.testing.assert_array_equal(found.source, views.source)


def test_parts_make_one_bank(tmp_path: Path) -> None:
    parts = [made([0, 1, -1]), made([1, 2])]
    paths = [tmp_path / f"{index}.safetensors" for index in range(2)]
    for part, path in zip(parts, paths, strict=True):
        bank.save(path, part)
    found = bank.load(paths, CPU)
    assert torch.equal(found.search, torch.cat([part.search for part in parts]))
    assert found.target.tolist() == [0, 1, -1, 1, 2]
    other = replace(parts[1], search=torch.rand(2, 4, 8, 8).half())
    bank.save(paths[1], other)
    with pytest.raises(WeightsError, match="cannot read the bank"):
        bank.load(paths, CPU)


def test_what_a_part_holds_does_not_depend_on_the_others(pictures: Corpus, shared: Path) -> None:
    torch.manual_seed(0)
    network, config = TrackingNetwork(NETWORKS["b0"]), StageConfig()
    taught_by = NanoTrack(shared / "teachers", VERSION, CPU)
    both, second = (
        bank.fill(network, taught_by, pictures, config, seed=0, steps=steps)
        for steps in (range(2), range(1, 2))
    )
    assert torch.equal(both.search[BATCH:], second.search)
    assert both.target[BATCH:].tolist() == second.target.tolist()


@pytest.mark.parametrize("content", [b"", b"junk"])
def test_a_damaged_bank_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bank.safetensors").write_bytes(content)
    with pytest.raises(WeightsError, match="cannot read the bank"):
        bank.load([tmp_path / "bank.safetensors"], CPU)


def test_a_head_learns_and_the_backbone_does_not(pictures: Corpus, shared: Path) -> None:
    torch.manual_seed(0)
    network, config = TrackingNetwork(NETWORKS["b0"]), StageConfig()
    teachers = teacher.load(shared / "teachers", HeadStage.versions, CPU)
    views = bank.fill(network, teachers[VERSION], pictures, config, seed=0, steps=range(1))
    assert views.teacher.shape == (24, 48, 16, 16)
    assert views.search.shape == (24, 128, 16, 16)
    assert views.template.shape == (24, 128, 8, 8)
    stage = HeadStage(network, pictures, teachers, config, views)
    loss, metrics = stage.loss(0, 0, 8)
    same, _ = stage.loss(0, 0, 8)
    assert float(loss.detach()) == pytest.approx(float(same.detach()), rel=1e-5)
    parts = {"score", "logits", "box", "presence", "correlation", "layers"}
    assert parts | {"iou", "stranger"} == set(metrics)
    loss.backward()  # type: ignore[no-untyped-call]
    assert all(p.grad is None for p in network.backbone.parameters())
    for part in (network.fusion, network.head, network.search_norm, network.template_norm):
        assert all(p.grad is not None for p in part.parameters())
    assert all(p.grad is None for p in stage.eyes.parameters())


def test_the_eyes_see_what_the_teacher_sees_as_far_as_a_linear_map_can() -> None:
    torch.manual_seed(0)
    ours = torch.rand(40, 6, 4, 4)
    layer = torch.nn.Conv2d(6, 3, 1)
    with torch.no_grad():
        found = _nearest(ours, layer(ours))
        torch.testing.assert_close(found(ours), layer(ours), atol=1e-3, rtol=1e-3)


def test_hints_are_for_the_light_head() -> None:
    with pytest.raises(HintError, match="light head"):
        Hints(TrackingNetwork(NETWORKS["b1"]))
    with pytest.raises(HintError, match="6 blocks"):
        Hints(TrackingNetwork(replace(NETWORKS["b0"], box_blocks=2)))


def test_presence_is_learned_without_changing_where() -> None:
    torch.manual_seed(0)
    network = TrackingNetwork(NETWORKS["b0"])
    fused = network.fusion(torch.rand(2, 128, 8, 8), torch.rand(2, 128, 16, 16))
    answer = network.head.answer(fused)
    assert answer.presence is not None
    answer.presence.sum().backward()  # type: ignore[no-untyped-call]
    for name, parameter in network.named_parameters():
        assert (parameter.grad is not None) == name.startswith("head.presence"), name
    score, size, offset = network.head(fused)
    assert score.shape == (2, 16, 16)
    assert size.shape == offset.shape == (2, 2, 16, 16)
    torch.testing.assert_close(
        score, (answer.score[:, 0].sigmoid() * answer.presence.sigmoid()[..., None]).clamp(1e-4)
    )


def test_the_last_stage_changes_presence_alone(pictures: Corpus) -> None:
    torch.manual_seed(0)
    network = TrackingNetwork(NETWORKS["b0"])
    stage = PresenceStage(network, pictures, StageConfig(blank=0.5))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    stage.train()
    loss, metrics = stage.loss(0, 0, 6)
    loss.backward()  # type: ignore[no-untyped-call]
    assert {"presence", "right", "blank", "stranger"} == set(metrics)
    for name, parameter in network.named_parameters():
        assert (parameter.grad is not None) == name.startswith("head.presence"), name
    for name, value in network.state_dict().items():  # running statistics too
        assert torch.equal(value, before[name]), name


def test_a_head_that_tells_no_presence_is_an_error() -> None:
    maps = torch.rand(1, 4, 2, 2)
    with pytest.raises(PresenceError, match="light head"):
        told(Answer(maps[:, :1], maps[:, :2], maps[:, :2], None))
