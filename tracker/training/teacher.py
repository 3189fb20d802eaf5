"""NanoTrack as a teacher: its ONNX graphs, run by torch in batches, on any device.

The graphs are fixed to one picture; here the leading dimension is free. Only the operators that
the three published versions use are known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from torch import Tensor

from tracker.errors import WeightsError

STRIDE = 16
GRID = 16  # cells of a search crop of 256 pixels


@dataclass(frozen=True, slots=True)
class Response:
    """What a tracker answers for N search crops, on a 16 x 16 grid."""

    score: Tensor  # (N, 16, 16), in [0, 1]; NaN where the tracker has no cell
    boxes_cxcywh: Tensor  # (N, 4, 16, 16), fractions of the search crop


class OnnxGraph:
    """An ONNX graph of convolutions, run by torch without gradients."""

    def __init__(self, path: Path, device: torch.device) -> None:
        try:
            graph = onnx.load(str(path)).graph
        except Exception as error:  # onnx raises many kinds for damaged files
            raise WeightsError(f"cannot read the teacher {path}: {error}") from error
        constants = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
        self._nodes = []
        for node in graph.node:
            values = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            if node.op_type == "Constant":
                constants[node.output[0]] = numpy_helper.to_array(values["value"])
            elif node.op_type not in _OPERATORS:
                raise WeightsError(f"{path}: operator {node.op_type} is not known here")
            else:
                self._nodes.append((node.op_type, tuple(node.input), node.output[0], values))
        self._constants = {k: torch.tensor(v, device=device) for k, v in constants.items()}
        self._inputs = [i.name for i in graph.input if i.name not in constants]
        self._outputs = [o.name for o in graph.output]

    def __call__(self, *inputs: Tensor) -> list[Tensor]:
        """Run the graph; the inputs share their leading dimension N."""
        values = self.values(*inputs)
        return [values[name] for name in self._outputs]

    @torch.no_grad()
    def values(self, *inputs: Tensor) -> dict[str, Tensor]:
        """Run the graph; everything that it computes, by its names."""
        values = self._constants | dict(zip(self._inputs, inputs, strict=True))
        for operator, sources, target, attributes in self._nodes:
            values[target] = _OPERATORS[operator]([values[s] for s in sources], attributes)
        return values


def files(folder: Path, version: int) -> tuple[Path, Path]:
    """The graphs of a version's backbone and head in `folder`."""
    name = f"nanotrack_v{version}"
    return folder / f"{name}_backbone.onnx", folder / f"{name}_head.onnx"


class NanoTrack:
    """One version of NanoTrack (HonglinChu/SiamTrackers): features and responses."""

    def __init__(self, folder: Path, version: int, device: torch.device) -> None:
        self._backbone, self._head = (OnnxGraph(path, device) for path in files(folder, version))

    def features(self, images: Tensor) -> Tensor:
        """(N, 3, S, S) RGB in 0-255 -> (N, C, S / 16, S / 16)."""
        bgr = images.flip(1)  # as it was trained
        return self._backbone(bgr.contiguous(memory_format=torch.channels_last))[0]  # twice as fast

    def respond(self, template: Tensor, search: Tensor) -> Response:
        """Features of 128-pixel templates and 256-pixel search crops -> response."""
        return self.explain(template, search)[0]

    def explain(self, template: Tensor, search: Tensor) -> tuple[Response, dict[str, Tensor]]:
        """The response, and everything that the head computed on the way, by its graph's names."""
        # sides are exponentials: in half precision they would be wrong by a hundredth
        with torch.autocast(template.device.type, enabled=False):
            values = self._head.values(template.float(), search.float())
        return _response(values["output1"], values["output2"]), values


Teachers = Mapping[int, NanoTrack]  # by their versions


def load(folder: Path, versions: Iterable[int], device: torch.device) -> Teachers:
    """Some versions of NanoTrack, from `folder`.

    Raises:
        WeightsError: if a file cannot be read.
    """
    return {version: NanoTrack(folder, version, device) for version in versions}


def _response(logits: Tensor, sides: Tensor) -> Response:
    score = logits.softmax(1)[:, 1]
    left, top, right, bottom = sides.unbind(1)
    cells = score.shape[-1]
    lost = GRID - cells  # V3 has no first row and column
    point = torch.arange(lost, GRID, device=score.device) * float(STRIDE)
    x, y = point[None, None, :], point[None, :, None]
    boxes = torch.stack(
        [x + (right - left) / 2, y + (bottom - top) / 2, left + right, top + bottom], dim=1
    )
    pad = (lost, 0, lost, 0)
    return Response(F.pad(score, pad, value=float("nan")), F.pad(boxes / (GRID * STRIDE), pad))


Values = list[Tensor]
Attributes = dict[str, Any]


def _conv(values: Values, attributes: Attributes) -> Tensor:
    x, weight = values[:2]
    bias = values[2] if len(values) > 2 else None
    pads, groups = attributes["pads"], attributes["group"]
    if groups > 1 and weight.shape[1] == groups:
        # every sample is correlated with its own template: (N, C, k, k) kernels
        n, c = x.shape[:2]
        kernels = weight.reshape(n * c, 1, *weight.shape[-2:])
        y = F.conv2d(x.reshape(1, n * c, *x.shape[2:]), kernels, padding=pads[0], groups=n * c)
        return y.reshape(n, c, *y.shape[2:])
    return F.conv2d(x, weight, bias, attributes["strides"], pads[:2], groups=groups)


def _reshape(values: Values, attributes: Attributes) -> Tensor:
    del attributes
    x, shape = values[0], values[1].tolist()
    if len(shape) == 4 and shape[1] == 1 and shape[0] > 1:
        return x  # template features about to serve as kernels: `_conv` takes them as they are
    if len(shape) == 4 and shape[1] == -1:
        return x.reshape(x.shape[0], -1, *shape[2:])
    return x.reshape(x.shape[0], *shape[1:])


def _clip(values: Values, attributes: Attributes) -> Tensor:
    low = float(values[1]) if len(values) > 1 else attributes.get("min", 0.0)
    high = float(values[2]) if len(values) > 2 else attributes.get("max", 6.0)
    return values[0].clamp(low, high)


def _slice(values: Values, attributes: Attributes) -> Tensor:
    del attributes
    start, stop, axis = (int(v) for v in values[1:4])
    return values[0].narrow(axis, start, stop - start)


_OPERATORS: dict[str, Callable[[Values, Attributes], Tensor]] = {
    "Conv": _conv,
    "Reshape": _reshape,
    "Clip": _clip,
    "Slice": _slice,
    "HardSwish": lambda v, _: F.hardswish(v[0]),
    "HardSigmoid": lambda v, _: F.hardsigmoid(v[0]),
    "Relu": lambda v, _: v[0].relu(),
    "Sigmoid": lambda v, _: v[0].sigmoid(),
    "Exp": lambda v, _: v[0].exp(),
    "Add": lambda v, _: v[0] + v[1],
    "Mul": lambda v, _: v[0] * v[1],
    "MatMul": lambda v, _: v[0] @ v[1],
    "Gemm": lambda v, _: F.linear(v[0], v[1], v[2]),
    "GlobalAveragePool": lambda v, _: v[0].mean((2, 3), keepdim=True),
    "Transpose": lambda v, a: v[0].permute(a["perm"]),
    "Concat": lambda v, a: torch.cat(v, a["axis"]),
}
