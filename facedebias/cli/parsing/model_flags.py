"""Flags that say how to ask models made elsewhere; commands that score pictures share them."""

from absl import flags

from facedebias.scoring.foreign import (
    BGR,
    RGB,
    SIGMOID,
    SOFTMAX,
    ForeignModels,
    parse_channels,
    parse_range,
    parse_size,
)
from facedebias.scoring.score_scale import SCORE_KINDS

_INPUT_SIZE = flags.DEFINE_string(
    "input_size", None, "Side of the pictures it takes, e.g. 224, or 224x192; pictures are scaled to it."
)
_INPUT_SCALE = flags.DEFINE_string(
    "input_scale",
    None,
    "Numbers LOW,HIGH that pixel values 0 and 255 become, e.g. 0,1 or -1,1; or one factor for all, e.g. "
    "1/255 (default with --input_mean or --input_std: 0,1).",
)
_INPUT_MEAN = flags.DEFINE_string(
    "input_mean",
    None,
    "Means that are subtracted after --input_scale, one a channel, e.g. 0.485,0.456,0.406.",
)
_INPUT_STD = flags.DEFINE_string(
    "input_std", None, "Deviations that channels are divided by then, e.g. 0.229,0.224,0.225."
)
_INPUT_CHANNELS = flags.DEFINE_enum(
    "input_channels", RGB, (RGB, BGR), "Order of the colours, and of --input_mean and --input_std."
)
_SIGNATURE = flags.DEFINE_string("signature", None, "Signature of a SavedModel or LiteRT file that answers.")
_OUTPUT_NAME = flags.DEFINE_string("output_name", None, "Output that answers.")
_OUTPUT_KIND = flags.DEFINE_enum(
    "output_kind",
    None,
    SCORE_KINDS,
    "What its scores are; percent is divided by 100 (default: by their values; the report says).",
)
_POSITIVE_OUTPUT = flags.DEFINE_integer(
    "positive_output", None, "Number of the positive class, counted from 0, if there is an output for each."
)
_OUTPUT_COLUMNS = flags.DEFINE_enum(
    "output_columns",
    None,
    (SOFTMAX, SIGMOID),
    f"Whether one class is true of a picture ({SOFTMAX}), or each by itself ({SIGMOID}) (default: by their "
    "values; the report says).",
)
SECTIONS = {"input_size": "models made elsewhere"}


def output_kind() -> str | None:
    """What scores are, a name of SCORE_KINDS; None if it was not said."""
    return _OUTPUT_KIND.value


def read() -> ForeignModels:
    """What the flags say.

    Raises:
        InputError: if a value cannot be read.
    """
    return ForeignModels(
        input_size=parse_size(_INPUT_SIZE.value) if _INPUT_SIZE.value else None,
        input_range=parse_range(_INPUT_SCALE.value) if _INPUT_SCALE.value else None,
        output_name=_OUTPUT_NAME.value,
        input_mean=parse_channels("--input_mean", _INPUT_MEAN.value) if _INPUT_MEAN.value else (),
        input_std=parse_channels("--input_std", _INPUT_STD.value) if _INPUT_STD.value else (),
        input_channels=_INPUT_CHANNELS.value,
        positive_output=_POSITIVE_OUTPUT.value,
        output_columns=_OUTPUT_COLUMNS.value,
        signature=_SIGNATURE.value,
    )
