"""Our LowFormer against the authors' own: counts exactly, every output to a relative 1e-4."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from backbones import VARIANTS, Classifier, count_macs
from backbones.entries import take
from backbones.names import classifier_names
from tests.golden import filling

GOLDEN = json.loads(
    (Path(__file__).parents[1] / "golden" / "lowformer_classifier.json").read_text()
)
# the keys of the authors' reference file, which has no e3
REFERENCE = {v: v.replace(".", "") if v[0] == "b" else v.upper() for v in VARIANTS if v != "e3"}
STAGES = ("stage0", "stage1", "stage2", "stage3", "stage_final")


@dataclass(frozen=True)
class Measured:
    """All there is to compare of one variant."""

    variant: str
    names: list[list[Any]]  # the authors' names and shapes, in order
    params: int
    backbone_params: int
    macs: int
    outputs: dict[str, Tensor]


@pytest.fixture(scope="module", params=VARIANTS)
def measured(request: pytest.FixtureRequest) -> Measured:
    with torch.device("meta"):
        network = Classifier(VARIANTS[request.param]).eval()
    names = classifier_names(network)
    shapes = {names[ours]: list(value.shape) for ours, value in network.state_dict().items()}
    state = take(filling.filled(shapes), network, names, source="the rule")
    network.load_state_dict(state, assign=True)
    image = filling.image(GOLDEN["input"]["seed"], GOLDEN["input"]["shape"])
    with torch.no_grad():
        maps = network.backbone(image)
        outputs = dict(zip(STAGES, [network.backbone.stem(image), *maps], strict=True))
        outputs["logits"] = network(image).logits
    return Measured(
        variant=request.param,
        names=[[name, shape] for name, shape in shapes.items()],
        params=sum(p.numel() for p in network.parameters()),
        backbone_params=sum(p.numel() for p in network.backbone.parameters()),
        macs=count_macs(network, image),
        outputs=outputs,
    )


def assert_same_outputs(outputs: Mapping[str, Tensor], wanted: Mapping[str, Any]) -> None:
    assert outputs.keys() == wanted.keys()
    for name, output in outputs.items():
        assert list(output.shape) == wanted[name]["shape"]
        spread = wanted[name]["std"]
        for ours, theirs in (
            (filling.samples(output), wanted[name]["sample"]),
            (output.mean().item(), wanted[name]["mean"]),
            (output.std().item(), spread),
        ):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4 * spread, err_msg=name)


def test_equals_the_golden_numbers(measured: Measured) -> None:
    golden = GOLDEN["variants"][measured.variant]
    digest = hashlib.sha256(json.dumps(measured.names).encode()).hexdigest()
    assert digest == golden["names_sha256"]
    assert measured.params == golden["params"]
    assert measured.backbone_params == golden["backbone_params"]
    assert measured.macs == golden["macs"]
    assert_same_outputs(measured.outputs, golden["outputs"])


def test_equals_the_authors_reference(measured: Measured, shared: Path) -> None:
    if measured.variant not in REFERENCE:
        pytest.skip("the reference file does not have this variant")
    file = shared / "reference" / "lowformer_classifier.json"
    reference = json.loads(file.read_text())[REFERENCE[measured.variant]]
    assert measured.names == reference["state_dict"]
    assert measured.params == reference["params"]
    assert measured.backbone_params == reference["backbone_params"]
    assert measured.macs == reference["macs"]
    assert_same_outputs(measured.outputs, {**reference["stages"], "logits": reference["logits"]})


def test_the_rule_is_the_references(shared: Path) -> None:
    file = shared / "reference" / "fill.py"
    theirs: dict[str, Any] = {}
    exec(compile(file.read_text(), file, "exec"), theirs)
    shapes = {
        "a.weight": [6, 3, 3, 3],
        "b.weight": [5],
        "b.bias": [5],
        "b.running_mean": [5],
        "b.running_var": [5],
    }
    for name, values in theirs["fill"](list(shapes.items())).items():
        np.testing.assert_array_equal(filling.filled(shapes)[name].numpy(), values)
    noise = theirs["image"](1, (1, 3, 5, 7))
    np.testing.assert_array_equal(filling.image(1, (1, 3, 5, 7)).numpy(), noise)
    np.testing.assert_array_equal(
        filling.samples(torch.from_numpy(noise)), theirs["samples"](noise)
    )
