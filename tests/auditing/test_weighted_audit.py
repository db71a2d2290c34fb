"""Audits of weighted rows against scikit-learn, Fairlearn and NumPy, and against repeated rows."""

from dataclasses import replace

import numpy as np
import pytest
from fairlearn.metrics import (
    MetricFrame,
    demographic_parity_difference,
    equalized_odds_difference,
    selection_rate,
    true_positive_rate,
)
from sklearn import metrics as sklearn_metrics
from statsmodels.stats.contingency_tables import mcnemar

from facedebias.auditing.evaluation import audit_scores
from facedebias.auditing.inputs.groups import divide
from facedebias.auditing.inputs.sample import Sample
from facedebias.auditing.settings import AuditConfig
from facedebias.data.face_columns import Attribute
from facedebias.errors import InputError
from facedebias.report import places
from facedebias.report.plots import curves
from facedebias.report.results import as_json
from facedebias.scoring.model_scores import as_scores
from tests.auditing.tables import random_rows

ORACLES = {
    "accuracy": lambda y, s, p, w: sklearn_metrics.accuracy_score(y, s, sample_weight=w),
    "true_positive_rate": lambda y, s, p, w: sklearn_metrics.recall_score(y, s, sample_weight=w),
    "false_positive_rate": lambda y, s, p, w: (
        1 - sklearn_metrics.recall_score(y, s, pos_label=0, sample_weight=w)
    ),
    "positive_predictive_value": lambda y, s, p, w: sklearn_metrics.precision_score(y, s, sample_weight=w),
    "selection_rate": lambda y, s, p, w: np.average(s, weights=w),
    "auc": lambda y, s, p, w: sklearn_metrics.roc_auc_score(y, p, sample_weight=w),
    "mean_score": lambda y, s, p, w: np.average(p, weights=w),
    "expected_calibration_error": lambda y, s, p, w: calibration_error_in_a_loop(y, p, w),
}


def calibration_error_in_a_loop(labels, scores, weights):
    error = 0.0
    for low in range(10):
        inside = np.minimum((scores * 10).astype(int), 9) == low
        if inside.any():
            gap = np.average(labels[inside], weights=weights[inside]) - np.average(
                scores[inside], weights=weights[inside]
            )
            error += weights[inside].sum() / weights.sum() * abs(gap)
    return error


def make_sample(weights=None, num_rows=600, seed=0, rows=None):
    """Labels and scores in three groups; `rows` takes some of them, perhaps repeatedly."""
    labels, scores, _, codes = random_rows(seed, num_rows, 3)
    other = np.clip(scores + np.random.default_rng(9).normal(0, 0.15, num_rows), 0, 1)
    rows = np.arange(num_rows) if rows is None else rows
    region = Attribute(codes[rows].astype(np.int16), ("north", "east", "south"))
    sample = Sample(
        labels=labels[rows],
        attributes={"region": region},
        is_shared=np.zeros(len(rows), bool),
        data="a.csv",
        negatives="a.csv",
        locate=str,
        weights=weights,
    )
    return sample, [as_scores(name, name, s[rows], None, str) for name, s in (("a", scores), ("b", other))]


def audit_of(sample, scores, **config):
    config = AuditConfig(predictions=("a.csv", "b.csv"), **{"min_group": 1, "num_draws": 100, **config})
    return audit_scores(config, sample, divide(sample, ("region",)), scores, ["a", "b"])


def normalized(weights):
    return weights / weights.mean()


@pytest.fixture(scope="module")
def weights():
    return normalized(np.random.default_rng(1).lognormal(0, 0.7, 600))


@pytest.fixture(scope="module")
def audit(weights):
    return audit_of(*make_sample(weights))


def test_every_metric_is_that_of_scikit_learn_with_sample_weight(audit, weights):
    sample, model = audit.sample, audit.models[0]
    scores = audit.scores[0].scores
    parts = [(sample.attributes["region"].codes == index, group) for index, group in enumerate(model.groups)]
    holders = [(np.ones(600, bool), model.overall), *((mask, group.metrics) for mask, group in parts)]
    for mask, found in holders:
        truth, own, weight = sample.labels[mask], scores[mask], weights[mask]
        for name, oracle in ORACLES.items():
            assert found[name].value == pytest.approx(oracle(truth, own >= 0.5, own, weight)), name
        assert found["false_negative_rate"].value == pytest.approx(1 - found["true_positive_rate"].value)
        for estimate in found.values():
            assert estimate.interval[0] <= estimate.value <= estimate.interval[1]


def test_figures_between_groups_are_those_of_fairlearn_with_sample_weight(audit, weights):
    region, selected = audit.sample.attributes["region"].codes, audit.scores[0].scores >= 0.5
    given = {"y_true": audit.sample.labels, "y_pred": selected, "sensitive_features": region}
    main = audit.models[0].main
    found = {name: figure.value for name, figure in main.differences.items()}
    frame = MetricFrame(
        metrics={
            "accuracy": sklearn_metrics.accuracy_score,
            "recall": true_positive_rate,
            "s": selection_rate,
        },
        sample_params=dict.fromkeys(["accuracy", "recall", "s"], {"sample_weight": weights}),
        **given,
    )
    assert found["accuracy_difference"] == pytest.approx(frame.difference()["accuracy"])
    assert found["equal_opportunity_difference"] == pytest.approx(frame.difference()["recall"])
    assert found["equal_opportunity_ratio"] == pytest.approx(frame.ratio()["recall"])
    assert found["demographic_parity_difference"] == pytest.approx(frame.difference()["s"])
    odds = equalized_odds_difference(**given, sample_weight=weights)
    assert found["equalized_odds_difference"] == pytest.approx(odds)
    parity = demographic_parity_difference(**given, sample_weight=weights)
    assert found["demographic_parity_difference"] == pytest.approx(parity)
    assert main.worst["accuracy"].value == pytest.approx(frame.group_min()["accuracy"])
    assert main.means["accuracy"].value == pytest.approx(frame.by_group["accuracy"].mean())


def test_numbers_of_rows_stay_and_effective_ones_are_kish(audit, weights):
    region, model = audit.sample.attributes["region"].codes, audit.models[0]
    selected = audit.scores[0].scores >= 0.5
    for index, group in enumerate(model.groups):
        own = region == index
        positives = own & audit.sample.labels
        assert (group.num_rows, group.num_positives) == (own.sum(), positives.sum())
        assert group.num_found == np.sum(positives & selected)
        assert group.effective_rows == pytest.approx(weights[own].sum() ** 2 / (weights[own] ** 2).sum())
    assert (model.num_rows, model.num_negatives) == (600, np.sum(~audit.sample.labels))
    document = as_json(audit)["models"]["a"]
    assert document["overall"]["n"] == 600
    assert document["overall"]["effective_rows"] == pytest.approx(600**2 / (weights**2).sum())
    assert document["groups"]["north"]["effective_rows"] == model.groups[0].effective_rows


def test_a_note_tells_of_the_weights(audit, weights):
    low, high, known = weights.min(), weights.max(), 600**2 / (weights**2).sum()
    assert audit.notes[0] == (
        f"rows count by their weights ({low:.3g} to {high:.3g} times the mean); effective sample size "
        f"{known:.0f} of 600 rows."
    )


@pytest.mark.parametrize("rule", [{}, {"fpr": 0.1}, {"tpr": 0.8, "per_group": True}])
@pytest.mark.parametrize("weight", [1.0, 0.1, 1 / 3])
def test_equal_weights_change_no_digit(weight, rule):
    documents = []
    for weights in (None, np.full(600, weight)):
        document = as_json(audit_of(*make_sample(weights), min_group=210, **rule))
        documents.append(document)
    plain, weighted = documents
    note = "the weights of all rows are equal, so every row counts the same."
    assert weighted["notes"] == [note, *plain["notes"]]
    for name in ("models", "comparisons", "threshold_rule"):
        assert weighted[name] == plain[name]


@pytest.mark.parametrize("rule", [{}, {"fpr": 0.1}, {"tpr": 0.8}, {"fpr": 0.2, "per_group": True}])
def test_whole_weights_are_repeated_rows(rule):
    times = np.random.default_rng(2).integers(1, 5, 600)
    weighted = audit_of(*make_sample(normalized(times)), **rule)
    repeated = audit_of(*make_sample(rows=np.repeat(np.arange(600), times)), **rule)
    for one, other in zip(weighted.models, repeated.models, strict=True):
        assert one.thresholds == other.thresholds
        pairs = [(one.overall, other.overall)]
        pairs += [(a.metrics, b.metrics) for a, b in zip(one.groups, other.groups, strict=True)]
        for found, expected in pairs:
            for name, estimate in expected.items():
                assert found[name].value == pytest.approx(estimate.value, abs=1e-12), name
        for name, figure in other.main.differences.items():
            assert one.main.differences[name].value == pytest.approx(figure.value), name
    for name, change in repeated.comparisons[0].rates.items():
        assert weighted.comparisons[0].rates[name].change == pytest.approx(change.change)


def test_models_are_compared_by_weights(audit, weights):
    codes, labels = audit.sample.attributes["region"].codes, audit.sample.labels
    first, second = (scores.scores >= 0.5 for scores in audit.scores)
    for index, change in enumerate(audit.comparisons[0].rates["true_positive_rate"].groups):
        own = (codes == index) & labels
        only = [own & first & ~second, own & second & ~first]
        assert [change.only_before, change.only_after] == [part.sum() for part in only]
        assert change.before == pytest.approx(np.average(first[own], weights=weights[own]))
        assert change.after == pytest.approx(np.average(second[own], weights=weights[own]))
        group = weights[codes == index]
        worth = [round(weights[part].sum() * group.sum() / (group**2).sum()) for part in only]
        expected = mcnemar([[0, worth[0]], [worth[1], 0]], exact=True).pvalue
        assert change.raw_p_value == pytest.approx(expected)


def test_small_groups_are_those_of_few_effective_rows():
    # One row of the south outweighs all others of it: two hundred rows are worth a handful.
    sample, scores = make_sample()
    south = np.flatnonzero(sample.attributes["region"].codes == 2)
    weights = np.ones(600)
    weights[south[0]] = 1000
    audit = audit_of(replace(sample, weights=normalized(weights)), scores, min_group=30)
    group = audit.models[0].groups[2]
    assert group.num_rows > 150
    assert group.effective_rows < 2
    assert "accuracy" in group.small_for
    assert audit.models[0].main.compared["accuracy"] == ("north", "east")
    assert any("fewer than 30 by their weights" in note and "south (1.4 rows" in note for note in audit.notes)


def test_rates_finer_than_effective_negatives_are_refused():
    from facedebias.auditing.thresholds import operating_points
    from facedebias.scoring.threshold_rule import FPR, Rule

    sample, _ = make_sample()
    weights = np.ones(600)
    weights[np.flatnonzero(~sample.labels)[0]] = 1000
    sample = replace(sample, weights=normalized(weights))
    with pytest.raises(InputError, match=r"negatives count as 1 by their weights"):
        operating_points.check(Rule(FPR, (0.05,)), sample, divide(sample, ("region",)))


def test_the_slider_and_the_curves_are_weighted(audit, weights):
    shown, own = places.compute(audit, show_progress=False)
    place, model = shown[own], audit.models[0]
    assert place.overall[0]["accuracy"].value == model.overall["accuracy"].value
    assert place.divisions[0][0].groups[1].num_rows == model.groups[1].num_rows
    assert place.divisions[0][0].groups[1].effective_rows == model.groups[1].effective_rows
    found = curves.compute(audit.scores[0], audit.sample, audit.groups, 0.001)
    plain = curves.compute(audit.scores[0], replace(audit.sample, weights=None), audit.groups, 0.001)
    assert [row["n"] for row in found.reliability] == [row["n"] for row in plain.reliability]
    assert found.roc != plain.roc
    assert found.ridges != plain.ridges
    mask = audit.sample.attributes["region"].codes == 0
    truth, scores, weight = audit.sample.labels[mask], audit.scores[0].scores[mask], weights[mask]
    inside = (scores * 10).astype(int) == 5
    predicted = np.average(scores[inside], weights=weight[inside])
    observed = np.average(truth[inside], weights=weight[inside])
    rows = [row for row in found.reliability if row["group"] == "north" and 0.5 <= row["predicted"] < 0.6]
    assert (rows[0]["predicted"], rows[0]["observed"]) == pytest.approx((predicted, observed), rel=1e-3)
