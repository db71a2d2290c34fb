"""The batch that a training diverged on, as people open it in a spreadsheet."""

import csv
from types import SimpleNamespace

import numpy as np

from facedebias.training.config import TrainConfig
from facedebias.training.divergence import ROWS, NotFinite, explained


def test_paths_are_texts(tmp_path):
    paths = ["=cmd()", "a\x1b[2J.png", "b\nc.png", "\udcff.png"]
    dataset = SimpleNamespace(path="faces.h5", paths=lambda rows: [paths[row] for row in rows])
    explained(TrainConfig(), dataset, NotFinite(1, {"loss": np.nan}, np.arange(4)), tmp_path)
    with (tmp_path / ROWS).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    names = ["'=cmd()", "a\\x1b[2J.png", "b\\nc.png", "\\udcff.png"]
    assert rows == [["row", "path"], *([str(row), name] for row, name in enumerate(names))]
