"""Draws the README's picture of the synthetic set.

python -m docs.pictures.synthetic_sheet docs/synthetic.png
"""

import sys

import numpy as np

from facedebias.data.records import ImportOptions
from facedebias.data.sources import open_source
from facedebias.training.records.picture_sheets import contact_sheet

_COLUMNS = 12


def pictures(kind: str, first: int) -> np.ndarray:
    """A row of pictures."""
    source = open_source(f"synthetic:{first + _COLUMNS}", ImportOptions(kind=kind, split="test", seed=7))
    return np.stack([record.load() for record in list(source.records())[first:]])


if __name__ == "__main__":
    rows = {
        "faces": pictures("face", 0),
        "more faces": pictures("face", _COLUMNS),
        "clutter": pictures("nonface", 0),
        "more clutter": pictures("nonface", _COLUMNS),
    }
    contact_sheet(rows).quantize(256).save(sys.argv[1])
