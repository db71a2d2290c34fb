"""SavedModel to LiteRT.

TensorFlow's converter is asked directly. Keras' `model.export(format="litert")` uses the same one, on a
SavedModel that it writes of a Keras model first. It then also lets in operators of TensorFlow, which phones
and browsers lack, and names its signature, inputs and outputs in its own way.
"""

import tempfile
from pathlib import Path

import numpy as np
import tensorflow as tf

from facedebias import machine
from facedebias.exporting import signature_graph
from facedebias.scoring.beside.export_record import FLOAT32, INT8
from facedebias.scoring.loading.loaded_model import DEFAULT_SIGNATURE


def convert(source: Path, quantization: str, pictures: np.ndarray | None, folder: Path) -> bytes:
    """Converts a SavedModel, with operators of LiteRT alone.

    Args:
        source: the SavedModel's folder.
        quantization: one of `export_record.QUANTIZATIONS`.
        pictures: uint8 `(n, height, width, 3)` that ranges are taken from, for "int8".
        folder: where a SavedModel may be written meanwhile.

    Returns:
        The file; the same for the same model and pictures.

    Raises:
        InputError: if an operator has no counterpart in LiteRT.
    """
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        return _converted(
            source, signature_graph.save(source, Path(scratch, "model")), quantization, pictures
        )


def _converted(source: Path, model: Path, quantization: str, pictures: np.ndarray | None) -> bytes:
    converter = tf.lite.TFLiteConverter.from_saved_model(str(model), signature_keys=[DEFAULT_SIGNATURE])
    if quantization != FLOAT32:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantization == INT8 and pictures is not None:
        asked = [{signature_graph.INPUT: pictures[i : i + 1]} for i in range(len(pictures))]
        converter.representative_dataset = lambda: iter(asked)
    with signature_graph.converting(source, "LiteRT", "onnx"), machine.quiet_libraries():
        content: bytes = converter.convert()
    return content
