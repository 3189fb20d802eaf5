"""Matching in 8-bit integers: for OpenVINO by NNCF, for TensorRT as Q/DQ nodes by ONNX Runtime.

The two want different things: processors multiply unsigned by signed bytes and like zero points,
TensorRT knows signed bytes without zero points only. Both learn the ranges of activations from
samples, and both leave the fusion of template and search in float: it takes next to no time, and
half of the error came from there. For OpenVINO the head stays in float too: its last layers decide
between cells that are nearly alike, and it would not be any faster.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracker.runtime import Pixels
from tracker.runtime.graphs import Part, graph_name
from tracker.runtime.packages import engine_package

_INSTALL = "pip install 'lowtrack[int8]'"

# in the names of nodes
_FUSION = "/fusion/"
_NOT_OF_THE_BACKBONE = r"(?!/stem/|/stages\.).*"

Sample = tuple[NDArray[np.float32], Pixels]  # memory (1, C, k, k) and a search crop (1, S, S, 3)


def write_openvino(
    folder: Path, part: Part, plain: Path, samples: Sequence[Sample]
) -> tuple[str, ...]:
    """Write `match.int8.xml` and `.bin`, or those of `near`; return their names.

    Args:
        folder: of the model.
        part: "match" or "near".
        plain: its graph in fp32, with its weights inside, batch norms folded, group norms spelled
            out, and no transposed convolutions.
        samples: to learn ranges from.

    Raises:
        EngineError: if NNCF or OpenVINO is not installed.
    """
    nncf, ov = (engine_package(name, "quantising", _INSTALL) for name in ("nncf", "openvino"))
    ranges = engine_package("nncf.quantization.range_estimator", "quantising", _INSTALL)
    data = nncf.Dataset(samples, lambda each: {"memory": each[0], "searches": each[1]})
    with _silence():
        quantised = nncf.quantize(
            ov.convert_model(plain),  # not as it is read: GELU and attention become one layer each
            data,
            preset=nncf.QuantizationPreset.MIXED,  # activations with zero points, weights without
            subset_size=len(samples),
            # those of least error, not those that hold every value: scores are off by a third less
            advanced_parameters=nncf.AdvancedQuantizationParameters(
                activations_range_estimator_params=ranges.RangeEstimatorParametersSet.HISTOGRAM
            ),
            # rounding what is added or normalised saves nothing, and costs a layer each
            ignored_scope=nncf.IgnoredScope(
                patterns=[_NOT_OF_THE_BACKBONE], types=["Add", "MVN"], validate=False
            ),
        )
    path = folder / graph_name(part, "int8", "openvino")
    ov.save_model(quantised, path, compress_to_fp16=True)
    return path.name, path.with_suffix(".bin").name


def write_onnx(folder: Path, part: Part, plain: Path, samples: Sequence[Sample]) -> str:
    """Write `match.int8.onnx`, or that of `near`, symmetric and per channel; return its name.

    Args:
        folder: of the model.
        part: "match" or "near".
        plain: its graph in fp32, with its weights inside and batch norms folded.
        samples: to learn ranges from.

    Raises:
        EngineError: if ONNX Runtime's quantiser lacks a package.
    """
    onnx = engine_package("onnx", "quantising", _INSTALL)
    quantization = engine_package("onnxruntime.quantization", "quantising", _INSTALL)

    class Reader(quantization.CalibrationDataReader):  # type: ignore[misc, name-defined]  # untyped
        def __init__(self) -> None:
            self._rest: Iterator[Sample] = iter(samples)

        def get_next(self) -> dict[str, NDArray[Any]] | None:
            sample = next(self._rest, None)
            return None if sample is None else {"memory": sample[0], "searches": sample[1]}

    name = graph_name(part, "int8")
    kept = [node.name for node in onnx.load(plain).graph.node if _FUSION in node.name]
    symmetric = {"ActivationSymmetric": True, "WeightSymmetric": True, "QuantizeBias": False}
    with _silence():
        quantization.quantize_static(
            plain,
            folder / name,
            Reader(),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],  # nearly all there is to multiply
            nodes_to_exclude=kept,
            per_channel=True,
            activation_type=quantization.QuantType.QInt8,
            weight_type=quantization.QuantType.QInt8,
            extra_options=symmetric,
        )
    return name


@contextmanager
def _silence() -> Iterator[None]:
    """Both quantisers draw bars and give advice; what goes wrong they raise."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with redirect_stdout(StringIO()):
            yield
    finally:
        logging.disable(level)
