"""fd.compare: changes between models on the same rows, against counts by hand."""

import numpy as np
import pytest
from scipy import stats

import facedebias as fd
from tests.api.rows import make

LABELS, SCORES, PEOPLE = make()
AFTER = np.where((PEOPLE["sex"] == "F") & (LABELS == 1), np.minimum(1, SCORES + 0.3), SCORES)


def compare(**settings):
    models = {"before": SCORES, "after": AFTER}
    return fd.compare(models, LABELS, PEOPLE["sex"], **{"num_draws": 200} | settings)


def test_changes_are_those_of_the_rows():
    found = compare().changes
    recall = found[found["metric"] == "true_positive_rate"]
    rates = {}
    for sex in ("F", "M"):
        own = (PEOPLE["sex"] == sex).to_numpy() & (LABELS == 1)
        first, last = SCORES[own] >= 0.5, AFTER[own] >= 0.5
        rates[sex] = first.mean(), last.mean()
        row = recall[recall["group"] == sex].iloc[0]
        assert (row["before"], row["after"]) == pytest.approx(rates[sex])
        assert row["change"] == pytest.approx(last.mean() - first.mean())
        lost, won = int((first & ~last).sum()), int((~first & last).sum())
        exact = stats.binomtest(won, won + lost).pvalue if won + lost else 1.0
        # Of two groups, Holm's correction at most doubles.
        assert exact * 0.999 <= row["p_value"] <= min(1, 2 * exact) * 1.5 + 1e-12
    gap = recall[recall["of"] == "gap"].iloc[0]
    before, after = (abs(rates["F"][i] - rates["M"][i]) for i in (0, 1))
    assert (gap["before"], gap["after"]) == pytest.approx((before, after))
    assert gap["low"] <= gap["change"] <= gap["high"]
    assert set(found["model"]) == {"after"} and set(found["baseline"]) == {"before"}


def test_it_is_the_audit_of_both():
    found = compare(fpr=0.1)
    both = fd.audit(LABELS, {"before": SCORES, "after": AFTER}, PEOPLE["sex"], num_draws=200, fpr=0.1)
    assert found.by_group.equals(both.by_group)
    assert found.changes.equals(both.changes)
    assert any("after against before" in sentence for sentence in found.verdict)


def test_equal_models_do_not_change():
    found = fd.compare({"a": SCORES, "b": SCORES}, LABELS, PEOPLE, num_draws=200).changes
    assert (found["change"].dropna() == 0).all()
    assert (found.loc[found["of"] == "group", "p_value"] == 1).all()
    assert (found.loc[found["of"] == "gap", "p_value"] > 0.5).all()


@pytest.mark.parametrize("models", [SCORES, {"one": SCORES}])
def test_one_model_is_refused(models):
    with pytest.raises(fd.InputError, match="y_score: expected a mapping of at least two models"):
        fd.compare(models, LABELS)
