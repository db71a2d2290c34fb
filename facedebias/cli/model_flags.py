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

_INPUT_SIZE = flags.DEFINE_string(
    "input_size", None, "Of models made elsewhere: side of their pictures, 224 or 224x192; scaled to it."
)
_INPUT_SCALE = flags.DEFINE_string(
    "input_scale",
    None,
    "Of models made elsewhere: the numbers LOW,HIGH that pixel values 0 and 255 become, e.g. 0,1 or -1,1; or "
    "one factor for all, e.g. 1/255 (default with --input_mean or --input_std: 0,1).",
)
_INPUT_MEAN = flags.DEFINE_string(
    "input_mean",
    None,
    "Of models made elsewhere: subtracted from each channel after --input_scale, e.g. 0.485,0.456,0.406.",
)
_INPUT_STD = flags.DEFINE_string(
    "input_std",
    None,
    "Of models made elsewhere: what each channel is divided by then, e.g. 0.229,0.224,0.225.",
)
_INPUT_CHANNELS = flags.DEFINE_enum(
    "input_channels",
    RGB,
    (RGB, BGR),
    "Of models made elsewhere: order of the colours, and of --input_mean and --input_std.",
)
_SIGNATURE = flags.DEFINE_string(
    "signature", None, "Of models made elsewhere: the signature of a SavedModel that answers."
)
_OUTPUT_NAME = flags.DEFINE_string("output_name", None, "Of models made elsewhere: the output that answers.")
_POSITIVE_OUTPUT = flags.DEFINE_integer(
    "positive_output",
    None,
    "Of models made elsewhere that give a number for each class: the positive one, counted from 0.",
)
_OUTPUT_COLUMNS = flags.DEFINE_enum(
    "output_columns",
    None,
    (SOFTMAX, SIGMOID),
    f"Of these classes: whether one is true of a picture ({SOFTMAX}) or each by itself ({SIGMOID}) (default: "
    "by their values; the report says).",
)


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
