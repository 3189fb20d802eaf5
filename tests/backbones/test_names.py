import hashlib
import importlib
import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from backbones import VARIANTS, Classifier, LowFormer
from backbones.lowformer import lowformer_block
from backbones.names import DIALECTS, TIMM, backbone_names, block_names, classifier_names

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "timm_names.json").read_text())


def theirs(network: nn.Module, names: Mapping[str, str]) -> list[list[Any]]:
    return [[names[ours], list(value.shape)] for ours, value in network.state_dict().items()]


@pytest.fixture(scope="module", params=VARIANTS)
def variant(request: pytest.FixtureRequest) -> tuple[str, Classifier]:
    with torch.device("meta"):
        return request.param, Classifier(VARIANTS[request.param])


def test_timms_names_and_shapes(variant: tuple[str, Classifier]) -> None:
    name, classifier = variant
    entries = theirs(classifier, classifier_names(classifier, TIMM))
    if name in GOLDEN["names"]:
        assert entries == GOLDEN["names"][name]
    assert hashlib.sha256(json.dumps(entries).encode()).hexdigest() == GOLDEN["names_sha256"][name]


def test_no_two_entries_share_a_name(variant: tuple[str, Classifier]) -> None:
    for dialect in DIALECTS.values():
        names = classifier_names(variant[1], dialect)
        assert list(names) == list(variant[1].state_dict())
        assert len(set(names.values())) == len(names)


def test_old_checkpoints_differ_in_the_head_alone(variant: tuple[str, Classifier]) -> None:
    new = classifier_names(variant[1])
    old = classifier_names(variant[1], DIALECTS["the authors (older)"])
    for ours, name in new.items():
        assert old[ours] == name.replace("head.op_list.", "head.opseq.op_list.")


def test_backbone_and_head_blocks_of_the_published_tracker(shared: Path) -> None:
    reference = json.loads((shared / "reference" / "lowformer_track.json").read_text())
    published = {name: shape for name, shape in reference["state_dict"]}
    with torch.device("meta"):
        backbone = LowFormer(VARIANTS["b1.5"], stages=3)
        block = lowformer_block(160, attention_stride=2, mixer="attention+mlp")
    found = {f"backbone.{n}": shape for n, shape in theirs(backbone, backbone_names(backbone))}
    assert found.items() <= published.items()
    assert found.keys() == {n for n in published if n.startswith("backbone.backbone.")}
    for branch in ("box_head.global_rep_reg.3.", "box_head.global_rep_cls.0."):
        found = {f"{branch}{n}": shape for n, shape in theirs(block, block_names(block))}
        assert found.items() <= published.items()
        assert found.keys() == {n for n in published if n.startswith(branch)}


@pytest.fixture(scope="module")
def timm() -> Any:
    if importlib.util.find_spec("timm") is None:
        pytest.skip("timm is not installed")
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    if torch.version.cuda is None:  # torchvision is built for CUDA and misses two operators
        for operator in ("nms", "qnms"):
            signature = f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
            library.define(signature)  # type: ignore[no-untyped-call]
    return importlib.import_module("timm")


@pytest.mark.filterwarnings("ignore")  # of whatever timm is installed, on whatever torch
@pytest.mark.parametrize(("name", "timms"), [("b0", "lowformer_b0"), ("e3", "lowformer_e3")])
def test_equals_timm_where_it_is_installed(name: str, timms: str, timm: Any) -> None:
    original = timm.create_model(timms).eval()
    state = original.state_dict()
    classifier = Classifier(VARIANTS[name]).eval()
    names = classifier_names(classifier, TIMM)
    classifier.load_state_dict({ours: state[name] for ours, name in names.items()})
    images = torch.randn(1, 3, 97, 131)
    with torch.no_grad():
        torch.testing.assert_close(classifier(images).logits, original(images))
