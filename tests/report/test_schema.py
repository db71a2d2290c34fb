"""docs/results-json.md names every field of results.json, and results.json holds every field it names."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from facedebias.auditing.inputs.excluded_facts import ExcludedFacts
from facedebias.auditing.inputs.target_facts import TargetFacts
from facedebias.auditing.settings import AuditConfig
from facedebias.auditing.statistics.disparities import DISPARITIES
from facedebias.auditing.statistics.metrics import METRICS
from facedebias.data.targets import Target
from facedebias.report.results import as_json
from tests.report.audits import make_audit, make_sample, make_scores

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def document():
    sample = make_sample()
    models = [make_scores(sample, f"cnn-{seed}", 1.0, seed) for seed in (1, 2)]
    return as_json(make_audit(sample=sample, models=models, run_of=["cnn", "cnn"]))


@pytest.fixture(scope="module")
def document_of_a_target():
    facts = TargetFacts(Target("Attractive", "yes"), ("no",), num_unknown=3)
    return as_json(make_audit(sample=replace(make_sample(), target=facts)))


@pytest.fixture(scope="module")
def words():
    text = (ROOT / "docs" / "results-json.md").read_text()
    return set(re.findall(r"`([a-z_0-9]+)`", text))


def names(value):
    """Keys of a JSON value at every depth, those that are data (groups, models) left out."""
    if isinstance(value, list):
        return set().union(*map(names, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    return set(value) | set().union(*(names(child) for child in value.values()), set())


def test_every_field_is_documented(document, words):
    metrics = {*METRICS, *DISPARITIES}
    data = set()
    for model in document["models"].values():
        data |= {*model["groups"], *model["by_attribute"]}
        for division in model["by_attribute"].values():
            data |= set(division["groups"])
    data |= {*document["models"], *document["runs"], *document["versions"]}
    found = {name.removesuffix("_interval") for name in names(document)} - metrics - data
    assert found <= words | {"interval"}


def test_the_target_is_documented(document, document_of_a_target, words):
    assert document["target"] is None
    assert document_of_a_target["target"] == {
        "attribute": "Attractive", "positive": "yes", "negative": ["no"], "num_unknown": 3,
    }  # fmt: skip
    assert {"target", *document_of_a_target["target"]} <= words
    assert document.keys() == document_of_a_target.keys()


def test_what_was_left_out_is_documented(document, words):
    assert document["exclude"] is None
    facts = ExcludedFacts("rows.csv", "0" * 64, 3, 2, {"dark male": (3, 90)})
    excluded = as_json(make_audit(sample=replace(make_sample(), excluded=facts)))["exclude"]
    assert excluded == {
        "file": "rows.csv", "sha256": "0" * 64, "num_positives": 3, "num_negatives": 2,
        "groups": {"dark male": {"left_out": 3, "of": 90}},
    }  # fmt: skip
    assert {*excluded, "left_out", "of"} <= words


def test_the_low_point_is_that_of_the_audit(document, words):
    audit = make_audit()
    low = as_json(audit)["low_point"]
    # One of 150 non-faces may pass.
    assert (low["fpr"], low["num_passing"], low["is_rough"]) == (1 / 150, 1, True)
    assert low["notes"] == list(audit.low.notes)
    assert {"low_point", *low} <= words
    own = as_json(audit)["models"]
    for model in audit.low.models:
        found = low["models"][model.name]
        assert found.keys() == own[model.name].keys()
        assert found["fpr"] == 1 / 150
        for group in model.groups:
            recall = group.metrics["true_positive_rate"]
            assert found["groups"][group.name]["recall"] == recall.value
            assert found["groups"][group.name]["interval"] == list(recall.interval)
        gap = model.main.differences["equal_opportunity_difference"]
        assert (found["gap"], found["gap_interval"]) == (gap.value, list(gap.interval))
        assert found["differences"]["equal_opportunity_difference"]["p_value"] == gap.p_value
        assert found["worst_group"]["name"] == model.main.worst["true_positive_rate"].name
    assert as_json(make_audit(AuditConfig(thresholds=(0.5,), num_draws=200)))["low_point"] is None


def test_overall_and_groups_have_every_metric_by_name(document):
    model = document["models"]["cnn-1"]
    for holder in (model["overall"], *model["groups"].values()):
        for name in METRICS:
            assert name in holder
            assert f"{name}_interval" in holder
    for division in (model, *model["by_attribute"].values()):
        assert set(division["differences"]) == set(DISPARITIES)
        for figure in division["differences"].values():
            assert {"value", "interval", "p_value"} <= set(figure)
