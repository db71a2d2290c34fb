"""ONNX files of this and other makers: asked, or refused with the way out."""

import importlib

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from facedebias.auditing.settings import AuditConfig
from facedebias.errors import InputError
from facedebias.scoring.exported_model import ExportedModel
from tests.scoring.saved_models import SIZE, answers, pictures

LEVELS = [0, 51, 102, 255]
UNIT = {"input_range": (0.0, 1.0)}


def saved(
    path, nodes, shape=("n", 3, SIZE, SIZE), dtype=TensorProto.FLOAT, outputs=(("y", ("n",)),), weights=()
):
    """A file with one input `x`."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", dtype, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, sides) for name, sides in outputs],
        [numpy_helper.from_array(value, name) for name, value in weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def mean(name="y", source="x"):
    return helper.make_node("ReduceMean", [source], [name], axes=[1, 2, 3], keepdims=0)


def test_a_model_of_another_maker_with_channels_first(tmp_path):
    path = saved(tmp_path / "theirs.onnx", [mean()])
    with pytest.raises(InputError, match="'x' is float32, and nothing says which numbers it wants"):
        ExportedModel("m", path)
    found = answers(path, pictures(LEVELS), **UNIT)
    assert found.scores == pytest.approx([0, 0.2, 0.4, 1], abs=1e-6)
    assert found.note == "How m was asked: pictures were given channels first (3, height, width)."
    ((name, _, _),) = AuditConfig(models=(str(path),)).named_models()
    assert name == "theirs"


def test_mean_and_deviation_of_each_channel(tmp_path):
    # A picture of level v is (v / 255 - mean) / std; the mean over channels of that, by hand.
    path = saved(tmp_path / "m.onnx", [mean()])
    means, deviations = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    found = answers(path, pictures(LEVELS), "score", input_mean=means, input_std=deviations)
    expected = [np.mean([(v / 255 - m) / s for m, s in zip(means, deviations, strict=True)]) for v in LEVELS]
    assert found.scores == pytest.approx(expected, abs=1e-5)


def test_a_fixed_batch_and_channels_last(tmp_path):
    path = saved(tmp_path / "m.onnx", [mean()], (2, SIZE, SIZE, 3), outputs=[("y", (2,))])
    found = answers(path, pictures([*LEVELS, 51]), batch_size=5, **UNIT)
    assert found.scores == pytest.approx([0, 0.2, 0.4, 1, 0.2], abs=1e-6)
    assert "given 2 at a time, as it takes no other number" in found.note


def test_several_outputs_and_classes(tmp_path):
    nodes = [mean("a"), helper.make_node("Unsqueeze", ["a", "one"], ["column"])]
    nodes.append(helper.make_node("Neg", ["column"], ["minus"]))
    nodes.append(helper.make_node("Concat", ["column", "minus"], ["b"], axis=1))
    weights = [("one", np.array([1], np.int64))]
    path = saved(tmp_path / "m.onnx", nodes, outputs=[("a", ("n",)), ("b", ("n", 2))], weights=weights)
    with pytest.raises(InputError, match="gives 'a', 'b'; name the one that is the answer"):
        answers(path, pictures(LEVELS), **UNIT)
    found = answers(
        path, pictures(LEVELS), None, output_name="b", positive_output=0, output_columns="softmax", **UNIT
    )
    assert found.scores == pytest.approx([0, 0.4, 0.8, 2], abs=1e-6)  # v - (-v)
    with pytest.raises(InputError, match="--signature=x belongs to SavedModels and LiteRT files"):
        answers(path, pictures(LEVELS), signature="x", **UNIT)


class TestRefused:
    def test_weights_in_another_file(self, tmp_path):
        secret = tmp_path / "secret"
        secret.write_bytes(np.ones(SIZE, np.float32).tobytes())
        path = saved(tmp_path / "m.onnx", [helper.make_node("Mul", ["x", "w"], ["z"]), mean("y", "z")])
        model = onnx.load(path)
        weight = model.graph.initializer.add(name="w", data_type=TensorProto.FLOAT, dims=[SIZE])
        weight.data_location = TensorProto.EXTERNAL
        weight.external_data.add(key="location", value="secret")
        path.write_bytes(model.SerializeToString())
        with pytest.raises(InputError, match=r"m\.onnx: keeps its weights in another file, .* onnx\.save"):
            ExportedModel("m", path)

    def test_weights_in_another_file_within_a_branch(self, tmp_path):
        def branch():
            hidden = helper.make_tensor("c", TensorProto.FLOAT, [1], [0.0])
            hidden.ClearField("float_data")
            hidden.data_location = TensorProto.EXTERNAL
            hidden.external_data.add(key="location", value="/etc/passwd")
            node = helper.make_node("Constant", [], ["c"], value=hidden)
            return helper.make_graph([node], "b", [], [helper.make_tensor_value_info("c", 1, [1])])

        condition = helper.make_tensor("t", TensorProto.BOOL, [], [True])
        nodes = [
            helper.make_node("Constant", [], ["t"], value=condition),
            helper.make_node("If", ["t"], ["i"], then_branch=branch(), else_branch=branch()),
            mean("z"),
            helper.make_node("Add", ["z", "i"], ["y"]),
        ]
        with pytest.raises(InputError, match="keeps its weights in another file"):
            ExportedModel("m", saved(tmp_path / "m.onnx", nodes))

    @pytest.mark.parametrize(
        ("content", "what"),
        [(b"", "is empty"), (b"not a model at all", "is no ONNX model"), (b"\x08\x08", "is no ONNX model")],
    )
    def test_other_files(self, tmp_path, content, what):
        (tmp_path / "m.onnx").write_bytes(content)
        with pytest.raises(InputError, match=rf"m\.onnx: {what}"):
            ExportedModel("m", tmp_path / "m.onnx")

    def test_torn_and_flipped_files(self, tmp_path):
        weights = [("w", np.linspace(0, 1, SIZE, dtype=np.float32))]
        nodes = [helper.make_node("Mul", ["x", "w"], ["z"]), mean("y", "z")]
        whole = saved(tmp_path / "m.onnx", nodes, weights=weights).read_bytes()
        rng = np.random.default_rng(0)
        num_refused = 0
        for number in range(60):
            content = bytearray(whole)
            if number % 2:
                del content[rng.integers(1, len(content)) :]
            else:
                content[rng.integers(len(content))] ^= 1 << rng.integers(8)
            (tmp_path / "m.onnx").write_bytes(content)
            try:
                answers(tmp_path / "m.onnx", pictures(LEVELS), "score", **UNIT)
            except InputError as error:
                assert "m.onnx" in str(error) and "\n" not in str(error)
                num_refused += 1
        assert num_refused > 30

    def test_an_operator_that_nobody_has(self, tmp_path):
        path = saved(tmp_path / "m.onnx", [helper.make_node("Clairvoyance", ["x"], ["y"])])
        with pytest.raises(InputError, match=r"cannot be loaded by ONNX Runtime [\d.]+ \(.*Clairvoyance"):
            ExportedModel("m", path)

    def test_no_pictures(self, tmp_path):
        path = saved(
            tmp_path / "m.onnx", [helper.make_node("ReduceSum", ["x"], ["y"])], ("n", 7), outputs=[("y", ())]
        )
        with pytest.raises(InputError, match=r"'x' is float32 \(None, 7\)"):
            ExportedModel("m", path)

    def test_a_folder_and_a_pipe_of_that_name(self, tmp_path):
        import os

        os.mkfifo(tmp_path / "m.onnx")
        with pytest.raises(InputError, match="is a pipe; expected a file"):
            ExportedModel("m", tmp_path / "m.onnx")

    def test_more_bytes_than_such_a_file_can_have(self, tmp_path):
        with (tmp_path / "m.onnx").open("wb") as file:
            file.truncate(2_100_000_000)  # without a block on the disk
        with pytest.raises(InputError, match=r"has 2,100,000,000 bytes; at most 2,000,000,000 are read"):
            ExportedModel("m", tmp_path / "m.onnx")

    def test_without_the_runtime(self, tmp_path, monkeypatch):
        def refuse(name):
            raise ImportError(name)

        path = saved(tmp_path / "m.onnx", [mean()])
        monkeypatch.setattr(importlib, "import_module", refuse)
        with pytest.raises(
            InputError, match=r"needs the package onnxruntime.*pip install 'facedebias\[onnx\]'"
        ):
            ExportedModel("m", path)


def test_far_more_memory_than_bytes_is_refused(tmp_path):
    nodes = [
        helper.make_node("ConstantOfShape", ["sides"], ["wide"]),
        helper.make_node("ReduceMean", ["wide"], ["one"], keepdims=0),
        mean("y", "x"),
    ]
    path = saved(tmp_path / "m.onnx", nodes, weights=[("sides", np.array([30_000, 20_000]))])
    with pytest.raises(InputError, match=r"m\.onnx: needs 2,4\d\d,\d+,\d+ bytes of memory for a picture"):
        ExportedModel("m", path)
