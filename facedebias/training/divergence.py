"""Training that diverged: what is said of it, and the batch that it happened on."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from facedebias import spreadsheet
from facedebias.data.face_file import FaceDataset
from facedebias.safekeeping import atomic
from facedebias.text import listed
from facedebias.training.config import TrainConfig
from facedebias.training.settings.flat_config import all_settings, flatten

ROWS = "diverged.csv"
_NUM_NAMED = 8
# What makes a loss grow without end where it is too large.
_STEEP = ("learning_rate", "kl_weight", "penalty_weight", "group_adjustment")


class NotFinite(ArithmeticError):
    """A step gave a loss that is no number.

    Attributes:
        step: its number, from 1.
        terms: of its loss.
        rows: of the face file, int64 `(batch,)`, that were in the batch.
    """

    def __init__(self, step: int, terms: Mapping[str, float], rows: np.ndarray):
        self.step, self.terms, self.rows = step, terms, rows
        super().__init__(", ".join(f"{name} {value:g}" for name, value in terms.items()))


def explained(config: TrainConfig, dataset: FaceDataset, found: NotFinite, folder: Path) -> str:
    """What to say of a step that diverged, as sentences; leaves the rows of its batch in `diverged.csv`.

    Args:
        config: of the run.
        dataset: the face file.
        found: the step.
        folder: of the run.
    """
    named = zip(found.rows.tolist(), dataset.paths(found.rows), strict=True)
    atomic.write_text(folder / ROWS, spreadsheet.as_csv([("row", "path"), *named]))
    rows = listed([str(row) for row in found.rows], most=_NUM_NAMED)
    return (
        f"{found}. The batch had rows {rows} of {dataset.path}, listed in {folder / ROWS}. {advice(config)}"
    )


def advice(config: TrainConfig) -> str:
    """Likely causes, and what to do: those settings first that are above their defaults."""
    values = flatten(config)
    defaults = {own.flag: own.default for own in all_settings() if own.flag in _STEEP}
    steep = [name for name in _STEEP if values.get(name)]
    raised = [name for name in steep if values[name] > defaults[name]]
    high = [f"{name} {values[name]:g} is above the default {defaults[name]:g}" for name in raised]
    likely = f" {' and '.join(high)}." if high else ""
    lower = " or ".join(raised or steep)
    return f"Training diverged.{likely} Start anew with a lower {lower}."
