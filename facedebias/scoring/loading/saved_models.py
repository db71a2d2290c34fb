"""Loads SavedModels: the signature that answers, and what it takes and gives."""

import re
from pathlib import Path
from typing import Any

import tensorflow as tf

from facedebias.errors import InputError
from facedebias.reading.files import check_tree
from facedebias.safekeeping import checksums
from facedebias.scoring.loading.loaded_model import LoadedModel, Specs, choose_signature

# Switches that networks of TensorFlow 1 take beside the pictures: off, or all of the units kept.
_SWITCHES = (
    (tf.bool, ("train", "phase", "learning", "is_training"), False),
    (tf.float32, ("keep_prob",), 1.0),
)

# What TensorFlow raises of a damaged model, while it loads or answers.
LOADING_ERRORS = (
    OSError,
    ValueError,
    RuntimeError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    tf.errors.OpError,
)

_SCAN = "scan"  # of models of this project, see models/exported/serving.py
_BYTES = re.compile(r"\bb'([^']*)'")  # how Python shows names that TensorFlow has as bytes


def load_saved_model(path: Path, signature: str | None = None) -> LoadedModel:
    """Loads a SavedModel.

    Args:
        path: its folder.
        signature: of it; None takes the default, or the only one.

    Raises:
        InputError: if it cannot be loaded, holds what is no file, or has no signature to ask.
    """
    check_tree(path)
    checksums.check(path)
    loaded = _load_saved_model(path)
    name, notes = choose_signature(path, list(loaded.signatures), signature)
    function = loaded.signatures[name]
    inputs, outputs = _specs(path, function)
    switches = {key: value for key, spec in inputs.items() if (value := _switched(key, spec)) is not None}
    if switches and len(switches) < len(inputs):
        notes += [f"its switch {key!r} was set to {value}" for key, (value, _) in switches.items()]
        inputs = {key: spec for key, spec in inputs.items() if key not in switches}
    constants = {key: tf.constant(value, dtype) for key, (value, dtype) in switches.items()}

    def predict(pictures: tf.Tensor) -> dict[str, tf.Tensor]:
        (key,) = inputs
        return dict(function(**{key: pictures}, **constants))

    scan = _scan(path, loaded)
    return LoadedModel(path, f"signature {name!r}", predict, inputs, outputs, tuple(notes), loaded, scan)


def first_line(error: Exception) -> str:
    """What an error of TensorFlow says, without the stack that follows."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    # "Graph execution error:" alone says nothing; what follows does.
    lines = [line for line in lines if not line.startswith(("Graph execution error", "Detected at node"))]
    return _BYTES.sub(r"\1", lines[0]).rstrip(".:")[:200] if lines else "no reason given"


def _specs(path: Path, function: Any) -> tuple[Specs, Specs]:
    """What a signature takes and gives."""
    try:
        return dict(function.structured_input_signature[1]), {
            key: tf.TensorSpec(value.shape, value.dtype, key)
            for key, value in function.structured_outputs.items()
        }
    except LOADING_ERRORS as error:
        raise _not_loaded(path, error) from error


def _scan(path: Path, loaded: Any) -> Any:
    """The signature that looks at whole pictures; None if there is none, or something else of that name."""
    if _SCAN not in loaded.signatures:
        return None
    function = loaded.signatures[_SCAN]
    inputs, outputs = _specs(path, function)
    return function if set(inputs) == {"images"} and set(outputs) == {"logits", "step"} else None


def _load_saved_model(path: Path) -> Any:
    try:
        _check_fingerprint(path)
        try:
            return tf.saved_model.load(str(path))
        except ValueError as error:
            # Models of TensorFlow 1 may hold one graph to train and one to serve.
            if "tags" not in str(error):
                raise
            return tf.saved_model.load(str(path), tags=["serve"])
    except LOADING_ERRORS as error:
        raise _not_loaded(path, error) from error


def _check_fingerprint(path: Path) -> None:
    """Reads what TensorFlow would otherwise print a stack about, and go on."""
    if (path / "fingerprint.pb").exists():
        tf.saved_model.experimental.read_fingerprint(str(path))


def _not_loaded(path: Path, error: Exception) -> InputError:
    return InputError(f"{path}: cannot be loaded as a SavedModel ({first_line(error)}); export it again.")


def _switched(name: str, spec: tf.TensorSpec) -> tuple[bool | float, tf.DType] | None:
    for dtype, words, value in _SWITCHES:
        if spec.shape.rank == 0 and spec.dtype == dtype and any(word in name.lower() for word in words):
            return value, dtype
    return None
