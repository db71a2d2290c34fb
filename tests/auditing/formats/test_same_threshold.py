"""Formats of one model at the threshold of the one in float32, against counts by hand."""

import numpy as np
import pytest

from facedebias.auditing.formats.same_threshold import measure
from facedebias.auditing.inputs.groups import divide
from facedebias.auditing.statistics.paired import paired_difference
from facedebias.auditing.statistics.significance import holm, mcnemar
from tests.auditing.formats.made_formats import make_export, make_saved_model, moved
from tests.report.audits import make_audit, make_sample, make_scores


@pytest.fixture
def audited(tmp_path):
    """A detector, and its int8 twin that loses every fifth dark face and gains a non-face."""
    source = make_saved_model(tmp_path / "run")
    int8 = make_export(tmp_path / "int8", source, "litert", "int8")
    sample = make_sample()
    base = moved(make_scores(sample, "float32"), "float32", source, [], 0.0)
    dark = np.flatnonzero(sample.labels & (sample.attributes["skin"].codes == 0))
    lost = moved(base, "int8", int8, dark[::5], -50.0)
    gained = moved(lost, "int8", int8, np.flatnonzero(~sample.labels)[:1], 50.0)
    return sample, make_audit(sample=sample, models=[base, gained])


def test_each_group_is_held_to_the_threshold_of_float32(audited):
    sample, audit = audited
    (family,) = audit.formats
    (result,) = family.results
    assert (family.base, family.label) == ("float32", "SavedModel")
    assert (result.model, result.label) == ("int8", "LiteRT int8")
    # The int8 model's own threshold is another: it is not the one that counts here.
    threshold = audit.models[0].threshold_score
    assert threshold != audit.models[1].threshold_score
    before, after = (model.scores >= threshold for model in audit.scores)
    raw = []
    for shift in result.groups:
        rows = sample.labels & (audit.groups.codes == audit.groups.names.index(shift.name))
        lost, gained = np.sum(before & ~after & rows), np.sum(after & ~before & rows)
        assert (shift.num_rows, shift.only_before, shift.only_after) == (rows.sum(), lost, gained)
        assert (shift.before, shift.after) == (before[rows].mean(), after[rows].mean())
        assert shift.change == pytest.approx((gained - lost) / rows.sum())
        assert shift.interval == paired_difference(lost, gained, rows.sum())
        raw.append(mcnemar(int(lost), int(gained)))
    assert [shift.p_value for shift in result.groups] == holm(np.array(raw)).tolist()
    assert {shift.change < 0 for shift in result.groups if "dark" in shift.name} == {True}
    assert {shift.change for shift in result.groups if "dark" not in shift.name} == {0.0}
    assert result.negatives.only_after - result.negatives.only_before in {0, 1}
    assert result.positives.num_rows == sample.labels.sum()


def test_equal_weights_change_nothing(audited):
    from dataclasses import replace

    sample, audit = audited
    weighted = replace(sample, weights=np.full(len(sample.labels), 2.5))
    groups = divide(weighted, audit.groups.attributes)
    found = measure(audit.scores, audit.models, weighted, groups)
    for own, other in zip(audit.formats[0].results[0].groups, found[0].results[0].groups, strict=True):
        assert own.interval == pytest.approx(other.interval)
        assert (own.before, own.p_value) == pytest.approx((other.before, other.p_value))


def test_predictions_of_a_file_have_no_formats(audited):
    from dataclasses import replace

    sample, audit = audited
    assert measure(audit.scores, audit.models, replace(sample, read=None), audit.groups) == ()
