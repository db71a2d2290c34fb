"""What a report concludes of one model or two, on counts that are known."""

import pytest

from facedebias.auditing.settings import AuditConfig
from facedebias.report import verdict
from tests.report.audits import make_audit as drawn_audit
from tests.report.small_audits import make_audit

pytestmark = pytest.mark.usefixtures("few_places")


def test_verdict_says_no_more_than_the_rows_show():
    # 36 of 40 against 20 of 25: Fisher's exact test gives p = 0.29.
    first = verdict.sentences(make_audit())[0]
    assert first.startswith(
        "model0 misses 20.0% of group 1 but 10.0% of group 0: recall differs by 10.0 points"
    )
    assert "These rows are too few to rule out a gap" in first
    assert "In group 1 (25 positives) this test finds a gap of " in first
    assert "with 80% power" in first


def test_verdict_on_a_gap_that_is_there():
    audit = make_audit(sizes=(400, 400), num_found=((390, 300),), num_models=1)
    (sentence,) = verdict.sentences(audit)
    assert "chance would rarely give as much" in sentence
    assert "p = 0.0025" in sentence  # (1/2) / 201 with 200 draws


def test_verdict_on_equal_groups():
    (sentence,) = verdict.sentences(make_audit(sizes=(40, 80), num_found=((36, 72),), num_models=1))
    assert sentence.startswith("model0 misses 10.0% of the positives in every group: recall differs by 0.0")


def test_levelling_down_is_called_out():
    # The best group falls from 98 to 81%, the worst stays at 80%: all of the shrinking is a loss.
    audit = make_audit(sizes=(400, 400), num_found=((392, 320), (324, 320)))
    sentences = verdict.sentences(audit)
    assert any("shrank by 17.0 points, 17.0 points of them because" in sentence for sentence in sentences)
    assert "Significantly worse for group 0" in sentences[2]


def test_of_a_gap_that_hardly_moved_nobody_asks_where_from():
    audit = make_audit(sizes=(400, 400), num_found=((330, 326), (328, 326)))
    sentences = verdict.sentences(audit)
    assert "shrinks by 0.5 points" in sentences[2] and "do not settle" in sentences[2]
    assert not any("Levelling" in sentence for sentence in sentences)


def test_a_gain_of_the_worst_group_is_no_levelling_down():
    audit = make_audit(sizes=(400, 400), num_found=((392, 320), (392, 380)))
    sentences = verdict.sentences(audit)
    assert not any("Levelling" in sentence for sentence in sentences)
    assert "shrinks by 15.0 points" in sentences[2]
    assert "Significantly better for group 1" in sentences[2]


def test_the_low_point_has_sentences_of_its_own():
    audit = drawn_audit()
    own, low = verdict.own_sentences(audit), verdict.low_sentences(audit)
    assert verdict.sentences(audit) == own + low
    assert not any("0.667%" in sentence for sentence in own)
    for sentence, model in zip(low, audit.low.models, strict=False):
        assert sentence == (f"At 0.667% false positives, {verdict.model_sentence(model.name, model.main)}")
    # One of 150 non-faces may pass.
    assert len(low) == 3 and low[2].startswith("At most 1 non-face may pass at 0.667%. ")
    assert verdict.low_sentences(make_audit()) == []  # a fixed threshold


def test_groups_too_small_at_the_low_point_are_not_told_again():
    assert (
        len(verdict.low_sentences(drawn_audit(AuditConfig(fpr=0.05, min_group=10_000, num_draws=200)))) == 1
    )
