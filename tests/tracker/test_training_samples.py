"""What is shown to the network in training, and what is asked of it, on pictures made here."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from tracker.training import augmentation, sampling, targets, views
from tracker.training.corpus import Corpus
from tracker.training.losses import best_iou, box_loss, decoded, iou, presence_loss, score_loss
from tracker.training.sampling import SamplingConfig
from tracker.training.teacher import Response


def redness(pixels: torch.Tensor) -> torch.Tensor:
    """(3, S, S) RGB -> where it is more red than blue."""
    return pixels[0] > pixels[2]


@pytest.mark.parametrize("seed", range(3))
def test_the_target_is_where_the_truth_says(pictures: Corpus, seed: int) -> None:
    config = SamplingConfig(plain=0.0, turn=0.0, tumble=0.0)
    pairs = sampling.draw(pictures, config, np.random.default_rng(seed), 16)
    crops = views.cut(pictures, pairs.search, 256)
    for crop, (cx, cy, w, h) in zip(crops, pairs.truth_cxcywh * 256, strict=True):
        ys, xs = torch.nonzero(redness(crop), as_tuple=True)
        inside = cx - w / 2 > 0 and cx + w / 2 < 256 and cy - h / 2 > 0 and cy + h / 2 < 256
        assert float(xs.double().mean()) == pytest.approx(cx, abs=4) or not inside
        assert float(ys.double().mean()) == pytest.approx(cy, abs=4) or not inside
        if inside:
            area = float(redness(crop).sum())
            assert area == pytest.approx(w * h, rel=0.2)


def test_templates_show_the_target_in_the_middle(pictures: Corpus) -> None:
    pairs = sampling.draw(pictures, SamplingConfig(plain=0.0), np.random.default_rng(0), 16)
    for crop in views.cut(pictures, pairs.template, 128):
        ys, xs = torch.nonzero(redness(crop), as_tuple=True)
        assert float(xs.double().mean()) == pytest.approx(64, abs=3)
        assert float(ys.double().mean()) == pytest.approx(64, abs=3)
        assert float(redness(crop).sum()) == pytest.approx(64 * 64, rel=0.15)


def test_a_tumbling_target_keeps_its_middle_and_a_box_around_it(pictures: Corpus) -> None:
    config = SamplingConfig(clips=0.0, plain=0.0, tumble=1.0, stretch=0.0, wide=0.0, shift=0.0)
    pairs = sampling.draw(pictures, config, np.random.default_rng(1), 24)
    crops = views.cut(pictures, pairs.search, 256)
    for crop, (cx, cy, w, h) in zip(crops, pairs.truth_cxcywh * 256, strict=True):
        ys, xs = torch.nonzero(redness(crop), as_tuple=True)
        assert float(xs.double().mean()) == pytest.approx(cx, abs=4)
        assert float(ys.double().mean()) == pytest.approx(cy, abs=4)
        # the ellipse in a square is a circle: however it is turned, its box is as large
        assert w == pytest.approx(h, rel=0.01)
        assert float(redness(crop).sum()) == pytest.approx(w * h, rel=0.2)


def test_views_of_the_same_target_say_so(pictures: Corpus) -> None:
    pairs = sampling.draw(pictures, SamplingConfig(), np.random.default_rng(3), 200)
    assert set(pairs.target[~pairs.labelled]) == {-1}
    known = pairs.target[pairs.labelled]
    # two clips and one photograph, each as it is and mirrored
    assert set(known) == set(range(6))
    for target in range(6):
        assert len(set(pairs.source[pairs.target == target])) == 1


@pytest.mark.parametrize("kinds", [{"clips"}, {"stills"}, {"plain"}, {"clips", "plain"}])
def test_pairs_are_drawn_from_what_there_is(kinds: set[str], pictures: Corpus) -> None:
    left_out: dict[str, Any] = {kind: () for kind in {"clips", "stills", "plain"} - kinds}
    some = replace(pictures, **left_out)
    pairs = sampling.draw(some, SamplingConfig(), np.random.default_rng(0), 60)
    tracks = [track for kind in kinds for track in getattr(pictures, kind)]
    assert set(pairs.search.image) <= {image for track in tracks for image in track.images}


def test_the_same_seed_draws_the_same_pairs(pictures: Corpus) -> None:
    one, two, other = (
        sampling.draw(pictures, SamplingConfig(), np.random.default_rng(seed), 8)
        for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(one.truth_cxcywh, two.truth_cxcywh)
    assert not np.array_equal(one.truth_cxcywh, other.truth_cxcywh)


def test_pasting_changes_some_crops_and_augmentation_keeps_the_range(pictures: Corpus) -> None:
    rng = np.random.default_rng(0)
    pairs = sampling.draw(pictures, SamplingConfig(), rng, 12)
    plain = views.cut(pictures, pairs.search, 64)
    pasted = views.paste(plain.clone(), pictures, pairs, rng, beside=0.5, over=0.2)
    changed = (plain - pasted).abs().amax((1, 2, 3)) > 1
    assert 2 <= int(changed.sum()) < 12
    seen = augmentation.photometric(pasted, torch.Generator().manual_seed(0))
    assert seen.shape == plain.shape
    assert 0 <= float(seen.min()) <= float(seen.max()) <= 255
    again = augmentation.photometric(pasted, torch.Generator().manual_seed(0))
    assert torch.equal(seen, again)


def test_distant_pairs_lose_detail_in_both_crops() -> None:
    generator = torch.Generator().manual_seed(0)
    noise = torch.rand((32, 3, 64, 64), generator=generator) * 255
    template, search = augmentation.distant(noise[:, :, :32, :32], noise, generator, 0.5)
    lost = [float((a - b).abs().mean()) for a, b in zip(search, noise, strict=True)]
    other = [float((a - b[:, :32, :32]).abs().mean()) for a, b in zip(template, noise, strict=True)]
    assert [value > 1 for value in lost] == [value > 1 for value in other]
    assert 8 < sum(value > 1 for value in lost) < 24
    same, _ = augmentation.distant(noise[:, :, :32, :32], noise, generator, 0.0)
    assert torch.equal(same, noise[:, :, :32, :32])


def test_blank_pictures_show_nothing() -> None:
    generator = torch.Generator().manual_seed(0)
    pictures = torch.rand((64, 3, 32, 32), generator=generator) * 255
    shown, empty = augmentation.blank(pictures, generator, 0.5)
    assert 16 < int(empty.sum()) < 48
    assert torch.equal(shown[~empty], pictures[~empty])
    assert 0 <= float(shown.min()) <= float(shown.max()) <= 255
    assert any(float(each.std()) == 0 for each in shown[empty])  # one colour
    assert any(float(each.max()) == 0 for each in shown[empty])  # black
    assert any(float(each.std()) > 10 for each in shown[empty])  # noise


def response(score: torch.Tensor) -> Response:
    boxes = torch.tensor([0.5, 0.5, 0.25, 0.25])[None, :, None, None].expand(len(score), 4, 16, 16)
    return Response(score, boxes)


def test_annotation_corrects_the_teacher_only_where_there_is_one() -> None:
    score = torch.full((2, 16, 16), 0.4)
    truth = torch.tensor([[0.5, 0.5, 0.25, 0.25]]).expand(2, 4)
    made = targets.make(response(score), truth, torch.tensor([True, False]), trust=0.5)
    assert float(made.score[0, 8, 8]) == pytest.approx(0.7)
    assert float(made.score[0, 0, 0]) == pytest.approx(0.2)
    assert bool((made.score[1] == 0.4).all())
    assert float(made.truth_weight[0].sum()) > 0
    assert float(made.truth_weight[1].sum()) == 0
    assert float(made.weight[0, 0, 0]) == 0
    assert float(made.weight[1, 0, 0]) == pytest.approx(0.4)


def test_losses_are_least_where_the_answer_is_right() -> None:
    wanted = torch.rand(2, 16, 16, generator=torch.Generator().manual_seed(0)) * 0.9 + 0.05
    assert float(score_loss(wanted.logit(), wanted)) == pytest.approx(0, abs=1e-5)
    assert float(score_loss((wanted * 0.8).logit(), wanted)) > 0.05
    present = torch.tensor([True, True, True, False])
    right = torch.tensor([[9.0], [9.0], [9.0], [-9.0]])
    assert float(presence_loss(right, present)) < 1e-3
    # one wrong answer of one weighs as much as three wrong ones of three
    told = torch.tensor([[9.0], [9.0], [9.0], [9.0]])
    missed = torch.tensor([[-9.0], [-9.0], [-9.0], [-9.0]])
    assert float(presence_loss(told, present)) == pytest.approx(
        float(presence_loss(missed, present)), rel=1e-3
    )
    boxes = torch.rand(2, 4, 16, 16, generator=torch.Generator().manual_seed(1)) * 0.5 + 0.2
    weight = torch.ones(2, 16, 16)
    assert float(box_loss(boxes, boxes, weight)) == pytest.approx(0, abs=1e-4)
    assert float(box_loss(boxes, boxes + 0.05, weight)) > 0.1
    assert float(box_loss(boxes, boxes + 0.05, weight * 0)) == 0


def test_decoded_boxes_are_those_the_runtime_decodes() -> None:
    size = torch.full((1, 2, 16, 16), 0.25)
    offset = torch.full((1, 2, 16, 16), 0.5)
    boxes = decoded(size, offset)
    assert boxes[0, :, 3, 12].tolist() == pytest.approx([12.5 / 16, 3.5 / 16, 0.25, 0.25])
    score = torch.zeros(1, 16, 16)
    score[0, 3, 12] = 1
    truth = boxes[:, :, 3, 12]
    assert float(best_iou(score, boxes, truth)[0]) == pytest.approx(1)
    assert float(iou(torch.tensor([[0.0, 0, 2, 2]]), torch.tensor([[1.0, 0, 3, 2]]))) == (
        pytest.approx(1 / 3)
    )
