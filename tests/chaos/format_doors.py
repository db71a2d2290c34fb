"""Doors of models in formats that other libraries read."""

import keras
import numpy as np
import onnx
import tensorflow as tf
from onnx import TensorProto, helper

from facedebias.machine import quiet_libraries
from facedebias.scoring.exported_model import ExportedModel
from tests.chaos.attacks import Door
from tests.scoring.saved_models import SIZE, level, pictures

NAMES_OF_DOORS = ["model onnx", "model litert", "model keras"]
_LEVELS = pictures([0, 90, 255])


def of_formats(folder):
    root = folder / "formats"
    root.mkdir()
    for name, whole, suffix, cost in (
        (NAMES_OF_DOORS[0], _onnx(), ".onnx", 1),
        (NAMES_OF_DOORS[1], _litert(), ".tflite", 20),  # starts a process
        (NAMES_OF_DOORS[2], _keras(root / "whole.keras"), ".keras", 1),
    ):
        yield Door(name, whole, _reader(root / f"m{suffix}"), is_text=False, cost=cost)


def _reader(path):
    def read(data):
        path.write_bytes(data)
        model = ExportedModel("m", path)
        # Without checksums, a weight that changed is another weight: nothing is said of the answers.
        model.answer(_LEVELS)
        return {}

    return read


def _onnx():
    """The logit is the grey level, by operators with attributes and a weight."""
    nodes = [
        helper.make_node("Cast", ["images"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["floats"], ["level"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Sub", ["level", "shift"], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["probabilities"]),
    ]
    answers = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in ("logits", "probabilities")
    ]
    images = helper.make_tensor_value_info("images", TensorProto.UINT8, ["n", SIZE, SIZE, 3])
    shift = helper.make_tensor("shift", TensorProto.FLOAT, [1], [100.0])
    graph = helper.make_graph(nodes, "g", [images], answers, [shift])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def _litert():
    spec = tf.TensorSpec([None, SIZE, SIZE, 3], tf.uint8, name="images")

    def predict(images):
        pooled = tf.nn.avg_pool2d(tf.cast(images, tf.float32), 2, 2, "VALID")
        logits = level(pooled) - 100.0
        return {"logits": logits, "probabilities": tf.sigmoid(logits)}

    holder = tf.Module()
    function = tf.function(predict, input_signature=[spec])
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()], holder)
    with quiet_libraries():
        return converter.convert()


def _keras(path):
    images = keras.layers.Input((SIZE, SIZE, 3), dtype="uint8", name="images")
    hidden = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(images))
    weights = keras.initializers.Constant(np.float32(0.01))
    logits = keras.layers.Dense(1, kernel_initializer=weights, name="logits")(hidden)
    keras.Model(images, {"logits": keras.layers.Flatten()(logits)}).save(path)
    return path.read_bytes()
