"""How other projects name the tensors of a LowFormer; the only file that knows it.

Every function pairs our names (keys) with theirs (values), so that a converter knows what a file
must hold before it looks inside, and can say in the file's own words what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, cast

from torch import nn

from backbones.classifier import Classifier
from backbones.lowformer import ConvAttention, ConvNormAct, LowFormer, Residual

_Pairs = Iterator[tuple[str, str]]  # our module, their module


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The words of one project. Those of a LowFormer block follow the name of the block."""

    stem: str
    stages: str  # {} stands for the number of the stage
    attention: str
    lone_attention: str  # in blocks without MLP
    mlp: str
    local: str
    reduce: tuple[str, str]  # convolution and norm before the attention
    qkv: str
    head: Mapping[str, str]  # our modules of the classifier -> theirs


def _authors_head(prefix: str) -> Mapping[str, str]:
    return MappingProxyType(
        {
            "expand.0": f"{prefix}.0.conv",
            "expand.1": f"{prefix}.0.norm",
            "embed.0": f"{prefix}.2.linear",
            "embed.1": f"{prefix}.2.norm",
            "classify": f"{prefix}.3.linear",
        }
    )


AUTHORS: Final = Dialect(
    stem="backbone.input_stem.op_list",
    stages="backbone.stages.{}.op_list",
    attention="total.0.0.main",
    lone_attention="total.0.main",
    mlp="total.0.1.main",
    local="total.1.main",
    reduce=("conv_proj.0", "conv_proj.1"),
    qkv="pwise.0",
    head=_authors_head("head.op_list"),
)
TIMM: Final = Dialect(
    stem="stem",
    stages="stages.{}",
    attention="attn.main",
    lone_attention="attn.main",
    mlp="mlp.main",
    local="local.main",
    reduce=("conv_proj.conv", "conv_proj.norm"),
    qkv="pwise",
    head=MappingProxyType(
        {
            "expand.0": "in_conv.conv",
            "expand.1": "in_conv.norm",
            "embed.0": "pre_classifier.0",
            "embed.1": "pre_classifier.1",
            "classify": "classifier",
        }
    ),
)
DIALECTS: Final[Mapping[str, Dialect]] = MappingProxyType(
    {
        "the authors": AUTHORS,
        "the authors (older)": replace(AUTHORS, head=_authors_head("head.opseq.op_list")),
        "timm": TIMM,
    }
)


def classifier_names(classifier: Classifier, dialect: Dialect = AUTHORS) -> dict[str, str]:
    """Our name -> theirs, for every entry of a classifier's state dict, in its order."""
    pairs = {f"backbone.{ours}": theirs for ours, theirs in _backbone(classifier.backbone, dialect)}
    return _entries(classifier, pairs | dict(dialect.head))


def backbone_names(backbone: LowFormer, dialect: Dialect = AUTHORS) -> dict[str, str]:
    """Our name -> theirs, for every entry of a backbone's state dict, in its order."""
    return _entries(backbone, dict(_backbone(backbone, dialect)))


def block_names(block: nn.Sequential, dialect: Dialect = AUTHORS) -> dict[str, str]:
    """Our name -> theirs within one `lowformer_block`; both without the name of the block."""
    return _entries(block, dict(_block(block, "", "", dialect)))


def _entries(module: nn.Module, pairs: Mapping[str, str]) -> dict[str, str]:
    names = {}
    for entry in module.state_dict():
        owner, _, leaf = entry.rpartition(".")
        names[entry] = f"{pairs[owner]}.{leaf}"
    return names


def _backbone(backbone: LowFormer, dialect: Dialect) -> _Pairs:
    parts = [("stem", dialect.stem, backbone.stem)] + [
        (f"stages.{number}", dialect.stages.format(number), cast(nn.Sequential, stage))
        for number, stage in enumerate(backbone.stages)
    ]
    for ours, theirs, part in parts:
        for number, block in enumerate(part):
            names = f"{ours}.{number}.", f"{theirs}.{number}."
            if isinstance(block, ConvNormAct):
                yield from _conv(*names)
            elif isinstance(block, Residual):
                yield from _layers(block.fn, f"{names[0]}fn.", f"{names[1]}main.")
            elif isinstance(block, nn.Sequential) and isinstance(block[0], ConvNormAct):
                yield from _layers(block, names[0], f"{names[1]}main.")
            else:
                yield from _block(cast(nn.Sequential, block), *names, dialect)


def _block(block: nn.Sequential, ours: str, theirs: str, dialect: Dialect) -> _Pairs:
    """A LowFormer block: each of its residual parts is known by what it holds."""
    for number, part in enumerate(block):
        inner = cast(Residual, part).fn
        own = f"{ours}{number}.fn."
        if isinstance(inner, ConvAttention):
            yield from _attention(own, f"{theirs}{dialect.lone_attention}.", dialect)
        elif isinstance(inner, nn.Sequential) and isinstance(inner[0], ConvNormAct):
            yield from _layers(inner, own, f"{theirs}{dialect.local}.")
        elif isinstance(inner, nn.Sequential) and isinstance(inner[1], ConvAttention):
            yield f"{own}0", f"{theirs}{dialect.attention}.0"
            yield from _attention(f"{own}1.", f"{theirs}{dialect.attention}.1.", dialect)
        else:
            for layer in (0, 1, 3):  # norm and two convolutions; nothing to name in the activation
                yield f"{own}{layer}", f"{theirs}{dialect.mlp}.{layer}"


def _attention(ours: str, theirs: str, dialect: Dialect) -> _Pairs:
    conv, norm = dialect.reduce
    yield f"{ours}reduce.0", f"{theirs}{conv}"
    yield f"{ours}reduce.1", f"{theirs}{norm}"
    yield f"{ours}qkv", f"{theirs}{dialect.qkv}"
    yield f"{ours}restore", f"{theirs}upsampling"


def _layers(layers: nn.Module, ours: str, theirs: str) -> _Pairs:
    """The two layers of a fused MBConv or the three of an MBConv."""
    fused = ("spatial_conv", "point_conv")
    words = ("inverted_conv", "depth_conv", "point_conv")
    children = list(layers.children())
    for number, word in enumerate(fused if len(children) == len(fused) else words):
        yield from _conv(f"{ours}{number}.", f"{theirs}{word}.")


def _conv(ours: str, theirs: str) -> _Pairs:
    yield f"{ours}0", f"{theirs}conv"
    yield f"{ours}1", f"{theirs}norm"
