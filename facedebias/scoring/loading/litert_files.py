"""Loads LiteRT files (`.tflite`, once TensorFlow Lite) by Google's runtime for them."""

import contextlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from facedebias import extras, machine
from facedebias.errors import InputError
from facedebias.scoring.loading import litert_trial
from facedebias.scoring.loading.loaded_model import LoadedModel, choose_signature
from facedebias.scoring.loading.model_content import MOST_WORKING_BYTES, read_model
from facedebias.scoring.loading.model_places import LITERT_MAGIC, LITERT_PLACE
from facedebias.text import visible

_WAY_OUT = "Export it again"


def load_litert(path: Path, signature: str | None = None, is_whole: bool = False) -> LoadedModel:
    """Loads a LiteRT file.

    Numbers of 8 bits that stand for others by a scale and a zero point are turned from and to these, so
    that such a model is asked as the one that it was made from.

    Args:
        path: of the file.
        signature: of it; None takes the default, or the only one. Files without any are asked by the names
            of their tensors.
        is_whole: whether checksums say that it is as it was written; others are tried in another process.

    Raises:
        InputError: if the runtime is not installed, the file is no LiteRT model or a damaged one, or it needs
            operators that the runtime lacks.
    """
    runtime = extras.load("ai_edge_litert.interpreter", extras.LITERT, str(path))
    content = read_model(path)
    if content[LITERT_PLACE] != LITERT_MAGIC:
        raise InputError(f"{path}: is no LiteRT model, or a damaged one. {_WAY_OUT}.")
    if not is_whole:
        litert_trial.check(path, content, len(content) + MOST_WORKING_BYTES)
    with _refusing(path), machine.quiet_libraries():
        interpreter = runtime.Interpreter(model_content=content, num_threads=machine.num_cores())
        held = list(interpreter.get_signature_list())
        _check_memory(path, interpreter, len(content))
        interpreter.allocate_tensors()
    if not held and signature is None:
        return _by_tensors(path, interpreter)
    name, notes = choose_signature(path, held, signature)
    with _refusing(path):
        runner = interpreter.get_signature_runner(name)
        inputs, outputs = _ports(runner.get_input_details()), _ports(runner.get_output_details())

    def predict(pictures: tf.Tensor) -> dict[str, tf.Tensor]:
        (key,) = inputs
        values = runner(**{key: inputs[key].stored(pictures.numpy())})
        return {own: tf.constant(port.meant(values[own])) for own, port in outputs.items()}

    return _loaded(path, f"signature {name!r}", predict, inputs, outputs, notes, interpreter)


@contextlib.contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Says of whatever LiteRT raises of a file that the file cannot be loaded."""
    try:
        yield
    except InputError:
        raise
    except (ValueError, RuntimeError, TypeError, MemoryError) as error:
        raise InputError(f"{path}: cannot be loaded by LiteRT ({_first_line(error)}). {_WAY_OUT}.") from error


def _check_memory(path: Path, interpreter: Any, size: int) -> None:
    """Refuses tensors that are far larger than the file, before there is memory for them."""
    details = interpreter.get_tensor_details()
    sizes = [
        math.prod(max(int(side), 0) for side in own["shape"]) * np.dtype(own["dtype"]).itemsize
        for own in details
    ]
    if sum(sizes) > size + MOST_WORKING_BYTES:
        name = visible(details[int(np.argmax(sizes))]["name"])
        raise InputError(
            f"{path}: needs {sum(sizes):,} bytes of memory for a picture, most of it for {name}; at most "
            f"{MOST_WORKING_BYTES:,} beyond its {size:,} are given. Export it again. If it is whole, let it "
            "score the pictures elsewhere, and give --predictions."
        )


def _by_tensors(path: Path, interpreter: Any) -> LoadedModel:
    """Of a file without signatures, as older converters write them."""
    with _refusing(path):
        inputs, outputs = (
            _ports({detail["name"]: detail for detail in details})
            for details in (interpreter.get_input_details(), interpreter.get_output_details())
        )

    def predict(pictures: tf.Tensor) -> dict[str, tf.Tensor]:
        (port,) = inputs.values()
        stored = port.stored(pictures.numpy())
        interpreter.resize_tensor_input(port.index, stored.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(port.index, stored)
        interpreter.invoke()
        return {
            name: tf.constant(own.meant(interpreter.get_tensor(own.index))) for name, own in outputs.items()
        }

    return _loaded(path, "the model", predict, inputs, outputs, [], interpreter)


@dataclass(frozen=True)
class _Port:
    """An input or output.

    Attributes:
        index: of its tensor.
        shape: sides; None where any number will do.
        dtype: of the numbers that the file holds.
        scale: what a step of them is worth; 0 where they stand for themselves.
        zero_point: the number that stands for 0.
    """

    index: int
    shape: tuple[int | None, ...]
    dtype: np.dtype[Any]
    scale: float
    zero_point: int

    @property
    def is_scaled(self) -> bool:
        return self.scale > 0 and np.issubdtype(self.dtype, np.integer)

    def spec(self, name: str) -> tf.TensorSpec:
        dtype = tf.float32 if self.is_scaled else tf.as_dtype(self.dtype)
        return tf.TensorSpec(self.shape, dtype, name)

    def stored(self, values: np.ndarray) -> np.ndarray:
        """Numbers as the file holds them."""
        if not self.is_scaled:
            return values
        limits = np.iinfo(self.dtype)
        steps = np.rint(values / self.scale) + self.zero_point
        return np.clip(steps, limits.min, limits.max).astype(self.dtype)

    def meant(self, values: np.ndarray) -> np.ndarray:
        """What they stand for."""
        if not self.is_scaled:
            return values
        return ((values.astype(np.float32) - self.zero_point) * self.scale).astype(np.float32)


def _ports(details: Mapping[str, Mapping[str, Any]]) -> dict[str, _Port]:
    found = {}
    for name, detail in details.items():
        sides = detail["shape_signature"] if len(detail["shape_signature"]) else detail["shape"]
        scale, zero_point = detail["quantization"]
        shape = tuple(int(side) if side > 0 else None for side in sides)
        found[name] = _Port(detail["index"], shape, np.dtype(detail["dtype"]), float(scale), int(zero_point))
    return found


def _loaded(
    path: Path,
    what: str,
    predict: Any,
    inputs: Mapping[str, _Port],
    outputs: Mapping[str, _Port],
    notes: list[str],
    keep: Any,
) -> LoadedModel:
    scaled = [name for name, port in inputs.items() if port.is_scaled]
    notes = notes + [
        f"its input {name!r} was rounded to steps of {inputs[name].scale:.3g}" for name in scaled
    ]
    specs = [{name: port.spec(name) for name, port in ports.items()} for ports in (inputs, outputs)]
    return LoadedModel(path, what, predict, specs[0], specs[1], tuple(notes), keep)


def _first_line(error: Exception) -> str:
    said = [line.strip() for line in str(error).splitlines() if line.strip()]
    return said[0].rstrip(".: ")[:200] if said else "no reason given"
