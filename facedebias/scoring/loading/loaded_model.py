"""What a loaded model is: one input of pictures, and its outputs by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow as tf

from facedebias.configuration.setting_names import setting
from facedebias.errors import InputError

DEFAULT_SIGNATURE = "serving_default"
Specs = dict[str, tf.TensorSpec]
Ask = Callable[[tf.Tensor], dict[str, tf.Tensor]]


@dataclass(frozen=True)
class LoadedModel:
    """A model that can be asked.

    Attributes:
        path: where it came from.
        what: what was loaded, for messages: "signature 'serving_default'".
        predict: the one input -> outputs by name.
        inputs: name -> what it takes, without switches that `predict` sets.
        outputs: name -> what it gives.
        notes: what was assumed, a part of a sentence each.
        keep: what must live as long as `predict` does.
        scan: whole pictures -> `logits` and `step`, see models/exported/scanning.py; None if the model has
            no such signature.
    """

    path: Path
    what: str
    predict: Ask
    inputs: Specs
    outputs: Specs
    notes: tuple[str, ...] = ()
    keep: Any = None
    scan: Ask | None = None


def contract() -> str:
    """What a model is expected to be, for messages."""
    described = f"{setting('input_size')}, {setting('input_scale')} and {setting('output_name')} describe"
    return (
        f"expected a signature '{DEFAULT_SIGNATURE}' from pictures, uint8 'images' (None, height, width, "
        "3), to 'logits' and 'probabilities' (None,); or any one input of pictures and one output, which "
        f"{described}"
    )


def listed(specs: Specs) -> str:
    """Names of inputs or outputs."""
    return ", ".join(repr(name) for name in sorted(specs)) or "nothing"


def choose_signature(path: Path, held: Sequence[str], asked: str | None) -> tuple[str, list[str]]:
    """The signature to ask, and what to say of it.

    Args:
        path: of the model, for messages.
        held: names of its signatures.
        asked: the one that was asked for; None takes the default, or the only one.

    Raises:
        InputError: if there is none, not that one, or several and no default.
    """
    names = sorted(name for name in held if not name.startswith("__"))
    quoted = ", ".join(repr(name) for name in names)
    if not names:
        raise InputError(
            f"{path}: has no signature to ask, as of layers alone; {contract()}. Export it again, "
            'with Keras by model.export("folder").'
        )
    if asked is not None:
        if asked not in names:
            raise InputError(f"{path}: has no {setting('signature', asked)}; its signatures are {quoted}.")
        return asked, []
    if DEFAULT_SIGNATURE in names:
        return DEFAULT_SIGNATURE, []
    if len(names) == 1:
        return names[0], [f"its only signature, {names[0]!r}, was asked"]
    raise InputError(
        f"{path}: its signatures are {quoted}; {contract()}. Choose one with {setting('signature')}."
    )
