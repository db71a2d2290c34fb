"""Loads ONNX files by ONNX Runtime, on the processor, and nothing that lies outside the file."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow as tf

from facedebias import extras
from facedebias.errors import InputError
from facedebias.scoring.loading.loaded_model import LoadedModel, Specs
from facedebias.scoring.loading.model_content import MOST_WORKING_BYTES, read_model

# How ONNX Runtime names types of numbers.
_DTYPES = {
    "float": tf.float32,
    "double": tf.float64,
    "float16": tf.float16,
    "bfloat16": tf.bfloat16,
    "bool": tf.bool,
    "string": tf.string,
    **{f"{sign}int{bits}": tf.as_dtype(f"{sign}int{bits}") for sign in ("", "u") for bits in (8, 16, 32, 64)},
}
_ERRORS_ONLY = 3  # of ONNX Runtime's log, which otherwise tells of every optimization
_WAY_OUT = "Export it again"
_BYTES = 4  # of most numbers


def load_onnx(path: Path) -> LoadedModel:
    """Loads an ONNX file.

    Args:
        path: of the file; inputs of any names, layouts and types of numbers.

    Raises:
        InputError: if ONNX Runtime is not installed, the file is no ONNX model or a damaged one, it keeps
            weights in other files, or it needs operators that ONNX Runtime lacks.
    """
    runtime = extras.load("onnxruntime", extras.ONNX, str(path))
    content = read_model(path)
    _refuse_outside(path, _parsed(path, content))
    session = _session(path, runtime, content)
    try:
        inputs, outputs = (_specs(path, values) for values in (session.get_inputs(), session.get_outputs()))
    except UnicodeDecodeError as error:  # of a name, which ONNX Runtime takes as bytes
        raise InputError(f"{path}: names something in no UTF-8, so it is damaged. {_WAY_OUT}.") from error
    names = list(outputs)

    def predict(pictures: tf.Tensor) -> dict[str, tf.Tensor]:
        (key,) = inputs
        try:
            values = session.run(names, {key: pictures.numpy()})
        # ONNX Runtime's errors have no base of their own.
        except Exception as error:
            raise RuntimeError(_first_line(error)) from error
        return {name: tf.constant(value) for name, value in zip(names, values, strict=True)}

    return LoadedModel(path, "the model", predict, inputs, outputs, keep=session)


def _parsed(path: Path, content: bytes) -> Any:
    onnx = extras.load("onnx", extras.ONNX, str(path))
    try:
        # Reads no other file, which `onnx.load` does.
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf's have no base that is public
        raise InputError(f"{path}: is no ONNX model, or a damaged one. {_WAY_OUT}.") from error
    if not model.graph.node or not model.graph.output:
        raise InputError(f"{path}: is no ONNX model, or holds no graph. {_WAY_OUT}.")
    _check_memory(path, onnx, model, len(content))
    return model


def _check_memory(path: Path, onnx: Any, model: Any, size: int) -> None:
    """Refuses what takes far more memory than the file has bytes, as far as shapes are known."""
    try:
        graph = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    except Exception:  # protobuf's and ONNX's; ONNX Runtime says what is wrong, if something is
        return
    needed = 0
    for value in (*graph.value_info, *graph.output):
        sides = [side.dim_value or 1 for side in value.type.tensor_type.shape.dim]
        needed += max(0, math.prod(sides)) * _BYTES
    if needed > size + MOST_WORKING_BYTES:
        raise InputError(
            f"{path}: needs {needed:,} bytes of memory for a picture; at most {MOST_WORKING_BYTES:,} beyond "
            f"its {size:,} are given. {_WAY_OUT}. If it is whole, let it score the pictures elsewhere, and "
            "give --predictions."
        )


def _refuse_outside(path: Path, model: Any) -> None:
    """Refuses weights in other files: the file would name any that this user may read."""
    for part in _parts(model):
        if part.DESCRIPTOR.name == "TensorProto" and (part.data_location or part.external_data):
            raise InputError(
                f"{path}: keeps its weights in another file, which is not opened. Save it as one file with "
                "onnx.save(onnx.load(path), other_path)."
            )


def _parts(model: Any) -> Iterator[Any]:
    """Every message in a message of protobuf, wherever it stands: in subgraphs and functions, too."""
    waiting = [model]
    while waiting:
        message = waiting.pop()
        yield message
        for field, value in message.ListFields():
            if field.message_type is not None:
                waiting += value if hasattr(value, "__len__") else [value]


def _session(path: Path, runtime: Any, content: bytes) -> Any:
    options = runtime.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    try:
        # By way of a fallback it would try the same again, and print so.
        return runtime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"], enable_fallback=0
        )
    except Exception as error:  # as in `predict`
        raise InputError(
            f"{path}: cannot be loaded by ONNX Runtime {runtime.__version__} ({_first_line(error)}). "
            f"{_WAY_OUT}."
        ) from error


def _specs(path: Path, values: Any) -> Specs:
    found = {}
    for value in values:
        dtype = _DTYPES.get(value.type.removeprefix("tensor(").removesuffix(")"))
        if dtype is None:
            raise InputError(f"{path}: {value.name!r} is a {value.type}; expected a tensor. {_WAY_OUT}.")
        # A side without a number has a name, or nothing.
        shape = [side if isinstance(side, int) and side > 0 else None for side in value.shape]
        found[value.name] = tf.TensorSpec(shape, dtype, value.name)
    return found


def _first_line(error: Exception) -> str:
    """What ONNX Runtime says, without its codes: "[ONNXRuntimeError] : 1 : FAIL : ..."."""
    said = str(error).strip().splitlines() or ["no reason given"]
    return said[0].rpartition("[ONNXRuntimeError] : ")[2].split(" : ", 2)[-1].rstrip(".: ")[:200]
