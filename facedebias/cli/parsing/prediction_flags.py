"""Flags that say what the columns of a file of predictions are."""

from absl import flags

from facedebias.auditing.inputs.predictions import bins
from facedebias.auditing.inputs.predictions.files.naming import clean_name
from facedebias.auditing.inputs.predictions.options import LABEL_COLUMN, SCORE_COLUMN, Columns
from facedebias.cli.parsing import list_flags

_SCORE = flags.DEFINE_string("score", SCORE_COLUMN, "Column of scores, or of decisions 0 and 1.")
_LABEL = flags.DEFINE_string("label", LABEL_COLUMN, "Column of labels.")
_POSITIVE = flags.DEFINE_string(
    "positive",
    "",
    "Value of --label that is positive, while all others are negative (default: 1, true or yes).",
)
_WEIGHT = flags.DEFINE_string(
    "weight", "", "Column of weights above 0 by which rows count (default: all the same)."
)
_KEY = flags.DEFINE_string(
    "key",
    "",
    "Column that names a row in each of several files, e.g. path (default: one of unique values that all "
    "share, otherwise rows in the same order).",
)
_BINS = list_flags.DEFINE_assignments(
    "bins",
    [],
    "Columns of numbers that are grouped by ranges, and where these begin, e.g. age=18,30,45,60 for "
    "under 18, 18 to 29, 30 to 44, 45 to 59, 60 and over.",
)
SECTIONS = {"score": "columns of --predictions"}


def read() -> Columns:
    """What the flags say.

    Raises:
        InputError: if a value of --bins cannot be read.
    """
    return Columns(
        score=clean_name(_SCORE.value),
        label=clean_name(_LABEL.value),
        weight=clean_name(_WEIGHT.value),
        key=clean_name(_KEY.value),
        positive=_POSITIVE.value,
        bins=tuple(bins.parse(text) for text in _BINS.value),
    )
