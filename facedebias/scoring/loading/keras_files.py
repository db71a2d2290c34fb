"""Loads Keras files, `.keras` and the older `.h5`, without running any code that they hold."""

import json
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import keras
import tensorflow as tf

from facedebias.errors import InputError
from facedebias.scoring.loading import keras_members
from facedebias.scoring.loading.loaded_model import LoadedModel
from facedebias.scoring.loading.model_places import keras_suffix

_WAY_OUT = (
    'Load it where it was made, write a SavedModel with model.export("folder"), and give that folder as '
    "--model"
)
_LAMBDA = "__lambda__"
_LAMBDAS = {"Lambda": "a Lambda layer", _LAMBDA: "a lambda function"}
_PICTURES = "images"  # of a face file
_OURS = {"keras", "builtins"}  # packages of classes that need no other code
# What zip, zlib, HDF5 and JSON raise of a damaged file; zip of a locked one and of other compressions.
_DAMAGE = (
    OSError,
    LookupError,
    ValueError,
    TypeError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


def load_keras(path: Path) -> LoadedModel:
    """Loads a Keras file in safe mode.

    Raises:
        InputError: if it is no such file, holds weights alone, needs code that is not in Keras, or
            does not say which pictures it takes.
    """
    _refuse_code(path, _read_config(path))
    model = _load(path)
    inputs = _inputs(path, model)

    @tf.function
    def answer(*tensors: tf.Tensor) -> dict[str, tf.Tensor]:
        given = tensors[0] if len(tensors) == 1 else list(tensors)
        return _named(model, model(given, training=False))

    try:
        function = answer.get_concrete_function(*inputs.values())
    except Exception as error:
        raise InputError(f"{path}: cannot be asked for its answers as it is. {_WAY_OUT}.") from error
    outputs = {
        name: tf.TensorSpec(value.shape, value.dtype, name)
        for name, value in function.structured_outputs.items()
    }
    return LoadedModel(path, "the model", answer, inputs, outputs, tuple(_scaling_notes(model)), model)


def _load(path: Path) -> Any:
    suffix = keras_suffix(path) or path.suffix
    try:
        if path.suffix in {suffix, *({".hdf5"} if suffix == ".h5" else ())}:
            return keras.saving.load_model(str(path), compile=False, safe_mode=True)
        # Keras decides by the end of the name how to read a file.
        with tempfile.TemporaryDirectory() as folder:
            copy = shutil.copyfile(path, Path(folder, f"model{suffix}"))
            return keras.saving.load_model(str(copy), compile=False, safe_mode=True)
    # Keras raises whatever its layers raise.
    except Exception as error:
        raise InputError(f"{path}: {_reason(error)}. {_WAY_OUT}.") from error


def _read_config(path: Path) -> Any:
    """How the file describes its model."""
    try:
        # As Keras will: an HDF5 file may have a zip file of another model behind it.
        if (keras_suffix(path) or path.suffix) == ".keras":
            with zipfile.ZipFile(path) as archive:
                keras_members.check_members(path, archive)
                return json.loads(keras_members.unpacked(archive, keras_members.CONFIG))
        with h5py.File(path) as file:
            text = file.attrs.get("model_config")
            is_face_file = text is None and _PICTURES in file
            if text is not None:
                return json.loads(text)
    except InputError:
        raise
    except _DAMAGE as error:
        raise InputError(f"{path}: is no Keras file, or a damaged one; save it again.") from error
    if is_face_file:
        raise InputError(f"{path}: is a face file and no model; give it as --data={path}.")
    raise InputError(f"{path}: holds no Keras model, perhaps weights alone. {_WAY_OUT}.")


def _refuse_code(path: Path, config: Any) -> None:
    """Refuses models with code of their own: it would have to be run, or is not there."""
    own = set()
    for part in _parts(config):
        name, module = str(part["class_name"]), part.get("module")
        if name in _LAMBDAS:
            raise InputError(
                f"{path}: has {_LAMBDAS[name]}, whose Python code is not run as it could do anything. "
                f"{_WAY_OUT}."
            )
        if name == "function":
            own.add(str(part.get("config")))
        elif "module" in part and str(module).split(".")[0] not in _OURS:
            own.add(name)
    if own:
        raise InputError(
            f"{path}: needs code that the file does not hold ({', '.join(sorted(own))}). {_WAY_OUT}."
        )


def _parts(config: Any) -> Iterator[dict[str, Any]]:
    """Every object that a description names a class of."""
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if isinstance(value.get("class_name"), str):
                yield value
            elif _is_code(value):
                yield {"class_name": _LAMBDA}
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _is_code(value: dict[str, Any]) -> bool:
    """Whether it is a function without a name: its code as text, its defaults and what it closes over."""
    parts = value.get("value")
    return (
        set(value) == {"value"} and isinstance(parts, list) and len(parts) == 3 and isinstance(parts[0], str)
    )


def _reason(error: Exception) -> str:
    unknown = re.search(
        r"Unknown (?:layer|object|\w+ function): '?(\w+)|Could not locate \w+ '(\w+)'", str(error)
    )
    if unknown:
        return f"needs code that the file does not hold ({unknown[1] or unknown[2]})"
    return f"cannot be loaded by Keras {keras.__version__}; another version may have saved it"


def _inputs(path: Path, model: Any) -> dict[str, tf.TensorSpec]:
    try:
        tensors = model.inputs
    except (AttributeError, ValueError):
        tensors = None
    if not tensors:
        raise InputError(f"{path}: does not say which pictures it takes. {_WAY_OUT}.")
    return {tensor.name: tf.TensorSpec(tensor.shape, tensor.dtype, tensor.name) for tensor in tensors}


def _named(model: Any, answers: Any) -> dict[str, tf.Tensor]:
    """Outputs by name, whether they come alone, in a list or in a dictionary."""
    if isinstance(answers, dict):
        return {str(name): value for name, value in answers.items()}
    values = list(answers) if isinstance(answers, list | tuple) else [answers]
    names = list(getattr(model, "output_names", []))
    if len(names) != len(values) or len(set(names)) < len(names):
        names = [f"output_{index}" for index in range(len(values))]
    return dict(zip(names, values, strict=True))


def _scaling_notes(model: Any) -> list[str]:
    """Layers that scale pixels themselves, for which many people scale them once more."""
    found = [
        layer
        for layer in _layers(model)
        if isinstance(layer, keras.layers.Rescaling | keras.layers.Normalization)
    ]
    return [f"its own layer {layer.name!r} scales what it is given as well" for layer in found]


def _layers(model: Any) -> Iterator[Any]:
    """All layers, those of models in the model too."""
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from _layers(layer)
