"""The b1.5 network against LowFormer-Track's own code, and its checkpoints."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

import tracker
from backbones import count_macs
from tests.golden import filling
from tracker import WeightsError
from tracker.convert import convert, main
from tracker.model.names import ALIASES, tracker_names
from tracker.model.network import NETWORKS, TrackingNetwork

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "lowformer_track.json").read_text())


def their_state(network: TrackingNetwork) -> dict[str, Tensor]:
    names = tracker_names(network)
    state = network.state_dict()
    return filling.filled({names[ours]: list(value.shape) for ours, value in state.items()})


@pytest.fixture(scope="module")
def network() -> TrackingNetwork:
    network = TrackingNetwork(NETWORKS["b1.5"]).eval()
    theirs = their_state(network)
    network.load_state_dict({o: theirs[t] for o, t in tracker_names(network).items()})
    return network


@pytest.fixture(scope="module")
def outputs(network: TrackingNetwork) -> Mapping[str, Tensor]:
    template, search = (filling.image(**GOLDEN[name]) for name in ("template", "search"))
    with torch.inference_mode():
        memory = network.remember(template)
        kernels, features = network.features(memory, search)
        fused = network.fusion(kernels, features)
        score, size, offset = network.head(fused)
    best = int(score.flatten().argmax())
    row, column = divmod(best, 14)
    dx, dy = offset[0, :, row, column]
    centre = torch.stack([(column + dx) / 14, (row + dy) / 14])
    return {
        "fused": fused,
        "score_map": score[:, None],
        "size_map": size,
        "offset_map": offset,
        "max_score": score.flatten()[best],
        "pred_boxes": torch.cat([centre, size[0, :, row, column]])[None, None],
    }


@pytest.mark.parametrize(
    "name", ["fused", "score_map", "size_map", "offset_map", "max_score", "pred_boxes"]
)
def test_every_output_is_the_authors(name: str, outputs: Mapping[str, Tensor]) -> None:
    expected = np.array(GOLDEN["outputs"][name]["sample"])
    actual = filling.samples(outputs[name])
    np.testing.assert_allclose(actual, expected, atol=1e-4 * np.abs(expected).max(), rtol=0)


def test_features_are_the_authors_before_their_norms(network: TrackingNetwork) -> None:
    template, search = (filling.image(**GOLDEN[name]) for name in ("template", "search"))
    seen: dict[str, Tensor] = {}
    for name in ("template", "search"):
        getattr(network, f"{name}_norm").register_forward_hook(
            lambda _, inputs, __, name=name: seen.update({name: inputs[0]})
        )
    with torch.inference_mode():
        network.features(network.remember(template), search)
    for name, value in seen.items():
        expected = np.array(GOLDEN["outputs"][f"{name}_features"]["sample"])
        actual = filling.samples(value)
        np.testing.assert_allclose(actual, expected, atol=1e-4 * np.abs(expected).max(), rtol=0)


def test_size_is_the_authors(network: TrackingNetwork) -> None:
    assert sum(p.numel() for p in network.parameters()) == GOLDEN["params"]
    template = torch.zeros(1, 112, 112, 3)
    search = torch.zeros(1, 224, 224, 3)
    memory = torch.zeros(1, 80, 14, 14)

    class Encode(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, pixels: Tensor) -> Tensor:
            return self.network.encode(pixels)

    macs = count_macs(Encode(), template) + count_macs(network, memory, search)
    assert macs == pytest.approx(GOLDEN["macs"], rel=0.01)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = their_state(TrackingNetwork(NETWORKS["b1.5"]))
    twins = {
        alias + name[len(original) :]: value
        for alias, original in ALIASES.items()
        for name, value in state.items()
        if name.startswith(original)
    }
    path = tmp_path_factory.mktemp("authors") / "LowFormerTrack_ep0300.pth.tar"
    torch.save({"epoch": 300, "net": state | twins}, path)
    return path


@pytest.fixture(scope="module")
def converted(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    assert convert(checkpoint, folder).network == "b1.5"
    return folder


def test_a_converted_tracker_has_the_same_tensors(
    converted: Path, network: TrackingNetwork
) -> None:
    saved = load_file(converted / "b1.5.safetensors")
    for name, value in network.state_dict().items():
        if value.is_floating_point():
            assert torch.equal(saved[name], value), name


@pytest.mark.parametrize("engine", ["onnx", "eager"])
def test_a_converted_tracker_loads_and_runs(converted: Path, engine: Any) -> None:
    frame = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    t = tracker.load(converted, engine=engine)
    t.init(frame, (60, 40, 30, 30))
    estimate = t.update(frame)
    assert 0 <= estimate.score <= 1


def test_a_partial_checkpoint_is_refused_and_leaves_nothing(
    checkpoint: Path, tmp_path: Path
) -> None:
    state = torch.load(checkpoint, weights_only=True)["net"]
    del state["box_head.conv4_ctr.weight"]
    save_file({k: v.clone() for k, v in state.items()}, tmp_path / "partial.safetensors")
    with pytest.raises(WeightsError, match=r"b1\.5.*1 missing: box_head\.conv4_ctr\.weight"):
        convert(tmp_path / "partial.safetensors", tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_a_folder_that_cannot_be_written_is_an_error(checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "model").write_text("a file where the folder should be")
    with pytest.raises(WeightsError, match=r"cannot write the model .*File exists"):
        convert(checkpoint, tmp_path / "model")


def test_the_command_says_what_is_wrong_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "junk.pth").write_bytes(b"junk")
    assert main([str(tmp_path / "junk.pth"), str(tmp_path / "model")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
