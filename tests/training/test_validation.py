"""The rate that recall is measured at while a model trains, where there are few non-faces."""

import json

import numpy as np
import pytest

from facedebias.scoring.cutoffs import num_allowed
from facedebias.training.validation import supported_rate
from tests.training.runs import configured, train_at


@pytest.mark.parametrize(
    ("num_negatives", "rate"), [(1, 0.0), (2, 0.5), (3, 1 / 3), (99, 1 / 99), (100, 0.01), (1234, 0.01)]
)
def test_the_rate_is_one_percent_or_one_non_face(num_negatives, rate):
    assert supported_rate(num_negatives) == rate


def test_one_non_face_may_pass_wherever_there_are_two():
    allowed = [num_allowed(size, supported_rate(size)) for size in range(2, 200)]
    assert np.all(np.array(allowed) == 1)


def test_a_run_names_its_rate_where_it_prints_and_records(tiny_file, tmp_path, capsys):
    config = configured(batch_size=8, width=2, validation_fraction=0.2, epochs=1)
    kept = train_at(tiny_file)(config, tmp_path)
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["num_rows"]["validation_negatives"] == 3
    assert record["validation"] == {"recall": kept.figure, "false_positive_rate": 1 / 3, "loss": kept.loss}
    said = capsys.readouterr().out
    assert "validation recall is at 33.3% FPR, as 1% needs 100 non-faces" in said
    assert "recall at 33.3% FPR" in said and "at 1% FPR" not in said
