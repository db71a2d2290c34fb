"""The graph that converters of a SavedModel are given."""

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow as tf

from facedebias.errors import InputError
from facedebias.scoring.loading.loaded_model import DEFAULT_SIGNATURE

INPUT = "images"


@contextlib.contextmanager
def converting(source: Path, name: str, other: str) -> Iterator[None]:
    """Has whatever a converter raises end as one sentence, and its warnings be kept to itself.

    Args:
        source: folder of the SavedModel.
        name: of the format.
        other: value of `--to` that may do instead.

    Raises:
        InputError: with the first line of what was raised.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    # Converters raise whatever their parts raise.
    except Exception as error:
        said = next((line.strip() for line in str(error).splitlines() if line.strip()), "no reason given")
        raise InputError(
            f"{source}: cannot be converted to {name} ({said[:200].rstrip('.: ')}). Take --to {other} or "
            "--to savedmodel, or a model without that operator."
        ) from error


def read(source: Path) -> tuple[Any, bool]:
    """The function that `serving_default` answers by, without its branch for an empty batch.

    LiteRT's converter knows no shape behind a branch, and phones and browsers are slower with one.

    Args:
        source: folder of a SavedModel of this project.

    Returns:
        A `tf.function` of uint8 `images` `(n, height, width, 3)` that returns `logits` and `probabilities`,
        and whether it differs from the signature; exports of earlier versions have nothing else to ask.
    """
    loaded = tf.saved_model.load(str(source))
    signature = loaded.signatures[DEFAULT_SIGNATURE]
    inner = getattr(loaded, "answer", None)
    spec = signature.structured_input_signature[1][INPUT]

    @tf.function(input_signature=[tf.TensorSpec(spec.shape, spec.dtype, INPUT)])
    def answer(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return dict(signature(**{INPUT: images}) if inner is None else inner(images))

    answer.keep = loaded  # its variables live as long as it does
    return answer, inner is not None


def save(source: Path, folder: Path) -> Path:
    """A SavedModel whose signature is that function: the source itself, or one in a folder.

    Args:
        source: folder of a SavedModel of this project.
        folder: to write to, if need be.
    """
    answer, is_other = read(source)
    if not is_other:
        return source
    holder = tf.Module()
    holder.model = answer.keep
    tf.saved_model.save(holder, str(folder), signatures={DEFAULT_SIGNATURE: answer})
    return folder
