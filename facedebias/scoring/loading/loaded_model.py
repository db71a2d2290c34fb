"""What a loaded model is: one input of pictures, and its outputs by name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow as tf

DEFAULT_SIGNATURE = "serving_default"
CONTRACT = (
    f"expected a signature '{DEFAULT_SIGNATURE}' from pictures, uint8 'images' (None, height, width, 3), to "
    "'logits' and 'probabilities' (None,); or any one input of pictures and one output, which "
    "--input_size, --input_scale and --output_name describe"
)

Specs = dict[str, tf.TensorSpec]


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
    """

    path: Path
    what: str
    predict: Callable[[tf.Tensor], dict[str, tf.Tensor]]
    inputs: Specs
    outputs: Specs
    notes: tuple[str, ...] = ()
    keep: Any = None


def listed(specs: Specs) -> str:
    """Names of inputs or outputs."""
    return ", ".join(repr(name) for name in sorted(specs)) or "nothing"
