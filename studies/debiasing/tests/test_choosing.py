"""How the study chooses the default."""

import numpy as np
import pytest
from scipy import stats

from studies.debiasing.choosing import chosen, compare


def test_differences_are_paired_by_seed_and_corrected():
    cnn, loss, dbvae = [0.90, 0.92, 0.91, 0.93], [0.92, 0.93, 0.93, 0.94], [0.89, 0.94, 0.90, 0.93]
    found = compare({"cnn": cnn, "cnn-loss": loss, "dbvae-loss": dbvae})
    raw = [stats.ttest_1samp(np.subtract(own, cnn), 0).pvalue for own in (loss, dbvae)]
    assert found["cnn-loss"]["difference"] == pytest.approx(0.015)
    assert [found[name]["p_value"] for name in ("cnn-loss", "dbvae-loss")] == pytest.approx(raw)
    # The smaller of two p-values is doubled; the other is at least that.
    assert found["cnn-loss"]["holm"] == pytest.approx(2 * raw[0])
    assert found["dbvae-loss"]["holm"] == pytest.approx(max(raw[1], 2 * raw[0]))
    assert "difference" not in found["cnn"]


def test_the_reference_stays_unless_another_is_surely_better():
    sure = {"difference": 0.01, "holm": 0.01}
    table = {"cnn": {"mean": 0.90}, "cnn-loss": {"mean": 0.91, **sure}, "dbvae-loss": {"mean": 0.92, **sure}}
    assert chosen(table) == "dbvae-loss"
    table["dbvae-loss"]["holm"] = 0.06
    assert chosen(table) == "cnn-loss"
    table["cnn-loss"]["difference"] = -0.01
    assert chosen(table) == "cnn"
