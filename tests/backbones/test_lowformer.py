from dataclasses import replace
from math import ceil
from typing import get_args

import pytest
import torch
from torch import nn

from backbones import VARIANTS, LowFormer, LowFormerConfig
from backbones.lowformer import ConvAttention, Mixer, lowformer_block

TINY = LowFormerConfig(widths=(2, 4, 6, 8, 12), depths=(1, 2, 2, 1, 1), stem_expansion=3)


def network(config: LowFormerConfig = TINY, *, stages: int = 4) -> LowFormer:
    torch.manual_seed(0)
    return LowFormer(config, stages=stages).eval()


def test_there_are_eight_variants_and_nobody_can_change_them() -> None:
    assert list(VARIANTS) == ["b0", "b1", "b1.5", "b2", "b3", "e1", "e2", "e3"]
    with pytest.raises(TypeError):
        VARIANTS["b4"] = TINY  # type: ignore[index]


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("size", [(64, 96), (33, 71)])
def test_maps_are_as_the_network_describes_them(name: str, size: tuple[int, int]) -> None:
    with torch.device("meta"):
        backbone = LowFormer(VARIANTS[name])
        maps = backbone(torch.empty(2, 3, *size))
    assert backbone.channels == VARIANTS[name].channels
    assert backbone.strides == (4, 8, 16, 32)
    assert [tuple(m.shape) for m in maps] == [
        (2, channels, ceil(size[0] / stride), ceil(size[1] / stride))
        for channels, stride in zip(backbone.channels, backbone.strides, strict=True)
    ]


@pytest.mark.parametrize("mixer", get_args(Mixer))
@pytest.mark.parametrize("size", [(1, 1), (1, 200), (17, 5), (31, 33), (127, 65)])
@torch.no_grad()
def test_any_size_gives_finite_maps(mixer: Mixer, size: tuple[int, int]) -> None:
    maps = network(replace(TINY, mixer=mixer))(torch.randn(1, 3, *size))
    assert [tuple(m.shape[-2:]) for m in maps] == [
        (ceil(size[0] / s), ceil(size[1] / s)) for s in TINY.strides
    ]
    assert all(m.isfinite().all() for m in maps)


@torch.no_grad()
def test_images_of_a_batch_do_not_touch_each_other() -> None:
    images = torch.randn(3, 3, 40, 56)
    together = network()(images)
    alone = network()(images[1:2])
    for a, b in zip(together, alone, strict=True):
        torch.testing.assert_close(a[1:2], b)


@torch.no_grad()
def test_stem_and_stages_run_apart_as_in_forward() -> None:
    backbone, x = network(), torch.randn(1, 3, 48, 48)
    maps = backbone(x)
    x = backbone.stem(x)
    assert x.shape == (1, TINY.widths[0], 24, 24)
    for stage, wanted in zip(backbone.stages, maps, strict=True):
        x = stage(x)
        assert torch.equal(x, wanted)


@pytest.mark.parametrize("stages", [1, 2, 3, 4])
@torch.no_grad()
def test_the_first_stages_alone_are_those_of_the_whole(stages: int) -> None:
    whole, part, x = network(), network(stages=stages), torch.randn(1, 3, 48, 48)
    kept = {k: v for k, v in whole.state_dict().items() if k in part.state_dict()}
    part.load_state_dict(kept)
    assert len(part.stages) == len(part.channels) == len(part.strides) == stages
    assert part.channels == TINY.channels[:stages]
    for ours, wanted in zip(part(x), whole(x), strict=False):
        assert torch.equal(ours, wanted)


@pytest.mark.parametrize("stages", [0, 5, -1])
def test_a_number_of_stages_that_does_not_exist_is_refused(stages: int) -> None:
    with pytest.raises(ValueError, match="1-4 stages"):
        LowFormer(TINY, stages=stages)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("widths", (2, 4, 6, 8)),
        ("widths", (2, 4, 0, 8, 12)),
        ("depths", (0, 0, 1, 1, 1)),
        ("depths", (0, 1, 1, -1, 1)),
        ("depths", (0, 1, 1, 1)),
    ],
)
def test_a_configuration_that_means_nothing_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        replace(TINY, **{field: value})  # type: ignore[arg-type]


def test_a_misspelt_mixer_builds_no_other_network() -> None:
    with pytest.raises(ValueError, match="attention\\+mpl"):
        LowFormer(replace(TINY, mixer="attention+mpl"))  # type: ignore[arg-type]


@torch.no_grad()
def test_attention_sees_the_whole_map_and_convolution_does_not() -> None:
    torch.manual_seed(0)
    blocks = {
        mixer: lowformer_block(64, attention_stride=2, mixer=mixer).eval()
        for mixer in ("attention", "none")
    }
    x = torch.randn(1, 64, 20, 20)
    changed = x.clone()
    changed[..., 0, 0] += 10
    for mixer, block in blocks.items():
        far = (block(x) - block(changed))[..., -1, -1].abs().max()
        assert (far > 0) == (mixer == "attention")


@pytest.mark.parametrize("channels", [16, 64, 120, 160, 320, 512])
def test_heads_are_as_published(channels: int) -> None:
    attention = ConvAttention(channels, stride=2)
    assert attention.heads == max(1, int(channels * 0.5 // 30))
    assert attention.head_dim == int((channels // attention.heads) * 0.5)


def test_every_parameter_learns() -> None:
    backbone = LowFormer(TINY)
    maps: list[torch.Tensor] = backbone(torch.randn(2, 3, 64, 64))
    torch.stack([m.square().mean() for m in maps]).sum().backward()  # type: ignore[no-untyped-call]
    for name, parameter in backbone.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name


def test_state_dict_names_stay() -> None:
    """Weight files that exist are in these names."""
    names = set(LowFormer(TINY).state_dict())
    assert {name.split(".")[0] for name in names} == {"stem", "stages"}
    assert {
        "stem.0.0.weight",
        "stem.1.fn.0.0.weight",
        "stages.0.0.0.0.weight",
        "stages.0.1.fn.1.1.running_mean",
        "stages.2.1.0.fn.0.weight",
        "stages.2.1.0.fn.1.reduce.0.weight",
        "stages.2.1.0.fn.1.qkv.weight",
        "stages.2.1.0.fn.1.restore.bias",
        "stages.3.1.1.fn.3.weight",
        "stages.3.1.2.fn.0.0.bias",
    } <= names


def test_a_wide_block_ends_in_a_depthwise_convolution() -> None:
    for channels, depthwise in ((255, 0), (256, 1)):
        block = lowformer_block(channels, attention_stride=1, mixer="none")
        groups = [m.groups for m in block.modules() if isinstance(m, nn.Conv2d)]
        assert sum(g > 1 for g in groups) == depthwise
