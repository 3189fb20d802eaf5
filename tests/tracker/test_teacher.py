"""NanoTrack's graphs in torch: equal to ONNX Runtime, and free in their batch size."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from tracker import WeightsError
from tracker.training.teacher import NanoTrack, OnnxGraph

CPU = torch.device("cpu")


def test_a_small_graph_runs_as_in_onnxruntime(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)

    def constant(name: str, *shape: int) -> TensorProto:
        return numpy_helper.from_array(rng.normal(0, 0.3, shape).astype(np.float32), name)

    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["a"], group=1, pads=[1] * 4, strides=[2, 2]),
        helper.make_node("HardSwish", ["a"], ["h"]),
        helper.make_node("GlobalAveragePool", ["h"], ["p"]),
        helper.make_node("Reshape", ["p", "flat"], ["q"]),
        helper.make_node("Gemm", ["q", "g", "c"], ["r"], transB=1),
        helper.make_node("HardSigmoid", ["r"], ["s"], alpha=1 / 6),
        helper.make_node("Reshape", ["s", "map"], ["t"]),
        helper.make_node("Mul", ["h", "t"], ["m"]),
        helper.make_node("Add", ["m", "h"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 16, 16])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 8, 8, 8])],
        [
            constant("w", 8, 3, 3, 3),
            constant("b", 8),
            constant("g", 8, 8),
            constant("c", 8),
            numpy_helper.from_array(np.array([1, 8]), "flat"),
            numpy_helper.from_array(np.array([1, 8, 1, 1]), "map"),
        ],
    )
    path = tmp_path / "tiny.onnx"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    onnx.save(model, path)
    images = rng.normal(0, 1, (3, 3, 16, 16)).astype(np.float32)
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    expected = np.concatenate([session.run(None, {"x": image[None]})[0] for image in images])
    (actual,) = OnnxGraph(path, CPU)(torch.from_numpy(images))
    np.testing.assert_allclose(actual.numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("generation", [2, 3])
def test_the_teachers_answer_as_in_onnxruntime(shared: Path, generation: int) -> None:
    folder = shared / "teachers"
    teacher = NanoTrack(folder, generation, CPU)
    rng = np.random.default_rng(0)
    search = rng.integers(0, 256, (2, 3, 255, 255)).astype(np.float32)
    template = rng.integers(0, 256, (2, 3, 128, 128)).astype(np.float32)
    name = f"nanotrack_v{generation}"
    backbone = ort.InferenceSession(folder / f"{name}_backbone.onnx")
    features = np.concatenate([backbone.run(None, {"input": s[None, ::-1]})[0] for s in search])
    found = teacher.features(torch.from_numpy(search))
    np.testing.assert_allclose(found.numpy(), features, atol=1e-3 * np.abs(features).max())
    remembered = teacher.features(torch.from_numpy(template))
    response = teacher.respond(remembered, found)
    head = ort.InferenceSession(folder / f"{name}_head.onnx")
    inputs = [i.name for i in head.get_inputs()]
    logits, sides = head.run(
        None, dict(zip(inputs, (remembered[:1].numpy(), features[:1]), strict=True))
    )
    lost = 16 - logits.shape[-1]
    expected = np.exp(logits[0, 1]) / np.exp(logits[0]).sum(0)
    np.testing.assert_allclose(response.score[0, lost:, lost:].numpy(), expected, atol=1e-3)
    assert bool(response.score[0, :lost].isnan().all())
    width = response.boxes_cxcywh[0, 2, lost:, lost:].numpy() * 256
    np.testing.assert_allclose(width, sides[0, 0] + sides[0, 2], rtol=1e-2)


def test_a_missing_teacher_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot read the teacher"):
        NanoTrack(tmp_path, 3, CPU)
