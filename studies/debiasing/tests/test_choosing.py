"""How the study chooses the default."""

import numpy as np
import pytest
from scipy import stats

from studies.debiasing.choosing import chosen, compare


def test_differences_are_paired_by_seed_and_corrected():
    even, loss, both = [0.90, 0.92, 0.91, 0.93], [0.92, 0.93, 0.93, 0.94], [0.89, 0.94, 0.90, 0.93]
    found = compare({"dbvae-even": even, "dbvae-loss": loss, "dbvae-both": both})
    raw = [stats.ttest_1samp(np.subtract(own, even), 0).pvalue for own in (loss, both)]
    assert found["dbvae-loss"]["difference"] == pytest.approx(0.015)
    assert [found[name]["p_value"] for name in ("dbvae-loss", "dbvae-both")] == pytest.approx(raw)
    # The smaller of two p-values is doubled; the other is at least that.
    assert found["dbvae-loss"]["holm"] == pytest.approx(2 * raw[0])
    assert found["dbvae-both"]["holm"] == pytest.approx(max(raw[1], 2 * raw[0]))
    assert "difference" not in found["dbvae-even"]


def test_the_reference_stays_unless_another_is_surely_better():
    sure = {"difference": 0.01, "holm": 0.01}
    table = {"dbvae-even": {"mean": 0.90}, "dbvae-loss": {"mean": 0.91, **sure}}
    table["dbvae-both"] = {"mean": 0.92, **sure}
    assert chosen(table) == "dbvae-both"
    table["dbvae-both"]["holm"] = 0.06
    assert chosen(table) == "dbvae-loss"
    table["dbvae-loss"]["difference"] = -0.01
    assert chosen(table) == "dbvae-even"
