"""A batch that replicas cannot share evenly is refused before anything is written."""

from types import SimpleNamespace

import pytest

from facedebias.errors import InputError
from facedebias.training import run
from tests.training.distributed.worker import SETTINGS
from tests.training.runs import configured


def test_an_uneven_batch_leaves_no_folder(tiny_file, tmp_path, monkeypatch):
    three = SimpleNamespace(num_replicas=3, own_replicas=range(3), num_workers=1, is_chief=True)
    monkeypatch.setattr(run.strategies, "start", lambda name, count: three)
    with pytest.raises(InputError, match=r"--batch_size=16: .* 3 replicas\. Take a multiple of 6"):
        run.train(configured(**SETTINGS), tiny_file, tmp_path / "run", strategy="mirrored", num_replicas=3)
    assert not (tmp_path / "run").exists()
