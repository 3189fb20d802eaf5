import subprocess
import sys

import numpy as np
import pytest
import torch

import backbones
from backbones import Classifier, LowFormerConfig, Retrieval, count_macs

TINY = LowFormerConfig(widths=(2, 4, 6, 8, 12), depths=(0, 1, 1, 1, 1), head_widths=(20, 10))


@pytest.fixture
def classifier() -> Classifier:
    torch.manual_seed(0)
    return Classifier(TINY, classes=7).eval()


@torch.no_grad()
def test_logits_come_from_the_embedding(classifier: Classifier) -> None:
    images = torch.randn(2, 3, 45, 67)
    result = classifier(images)
    assert result.logits.shape == (2, 7)
    assert result.embedding.shape == (2, 10)
    torch.testing.assert_close(result.logits, classifier.classify(result.embedding))
    assert classifier.features(images).shape == (2, 20, 2, 3)


def test_imagenet_has_a_thousand_classes() -> None:
    assert Classifier(TINY).classify.out_features == 1000


@pytest.mark.parametrize("power", [1.0, 3.0, 7.5])
@torch.no_grad()
def test_retrieval_is_the_generalised_mean_of_the_features(
    classifier: Classifier, power: float
) -> None:
    images = torch.randn(2, 3, 64, 96)
    features = np.maximum(classifier.features(images).double().numpy(), 1e-6)
    wanted = (features**power).mean((-2, -1)) ** (1 / power)
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    vectors = Retrieval(classifier, power=power)(images)
    np.testing.assert_allclose(vectors.numpy(), wanted, rtol=1e-4, atol=1e-6)


@torch.no_grad()
def test_an_image_is_most_like_itself(classifier: Classifier) -> None:
    images = torch.randn(4, 3, 64, 64)
    vectors = Retrieval(classifier)(images)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(4))
    assert (vectors @ vectors.T).argmax(1).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("power", [0.0, -1.0, float("nan")])
def test_a_power_without_a_mean_is_refused(classifier: Classifier, power: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        Retrieval(classifier, power=power)


def test_macs_count_convolutions_and_products_and_change_nothing(classifier: Classifier) -> None:
    layer = torch.nn.Conv2d(3, 5, 3, stride=2, padding=1, groups=1)
    assert count_macs(layer, torch.empty(2, 3, 8, 8)) == 2 * 5 * 4 * 4 * 3 * 9
    up = torch.nn.ConvTranspose2d(5, 3, 4, stride=2, padding=1)
    assert count_macs(up, torch.empty(1, 5, 4, 4)) == 5 * 3 * 16 * 4 * 4
    before = {name: value.clone() for name, value in classifier.state_dict().items()}
    image = torch.empty(1, 3, 64, 64)
    assert count_macs(classifier, image.expand(3, -1, -1, -1)) == 3 * count_macs(classifier, image)
    for name, value in classifier.state_dict().items():
        assert torch.equal(value, before[name])


def test_macs_take_whatever_a_network_takes() -> None:
    class Both(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = torch.nn.Linear(6, 4)

        def forward(self, pixels: torch.Tensor, memory: torch.Tensor) -> torch.Tensor:
            return torch.as_tensor(self.linear(pixels.float()) @ memory)

    inputs = torch.zeros(2, 6, dtype=torch.uint8), torch.zeros(4, 3)
    assert count_macs(Both(), *inputs) == 2 * 6 * 4 + 2 * 4 * 3


def test_errors_can_be_caught_without_torch() -> None:
    code = "import sys, backbones; backbones.BackboneError; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_public_names_are_there_and_no_others() -> None:
    for name in backbones.__all__:
        assert getattr(backbones, name) is not None
    with pytest.raises(AttributeError, match="LowFromer"):
        _ = backbones.LowFromer
    assert issubclass(backbones.CheckpointError, backbones.BackboneError)
