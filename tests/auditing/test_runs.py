import statistics

import pytest

from facedebias.auditing.findings import Division, GroupResult, ModelResult, Worst
from facedebias.auditing.runs import summarize
from facedebias.auditing.statistics.between import Between
from facedebias.auditing.statistics.intervals import Estimate


def run(number, recalls, gap=0.1, fpr=0.02):
    """A run with recalls of two groups; None where undefined."""
    estimates = [None if recall is None else Estimate(recall, (0.0, 1.0)) for recall in recalls]
    groups = tuple(
        GroupResult(name, 10, 5, 4, (), {"true_positive_rate": estimate, "auc": None}, {}, {})
        for name, estimate in zip("ab", estimates, strict=True)
    )
    defined = [recall for recall in recalls if recall is not None]
    worst = {"true_positive_rate": Worst("ab"[recalls.index(min(defined))], min(defined), None)}
    differences = {"equal_opportunity_difference": Between(gap)}
    compared = {"true_positive_rate": ("a", "b")}
    division = Division(("race",), groups, {}, worst, differences, compared, {})
    overall = {"false_positive_rate": Estimate(fpr, (0.0, 1.0))}
    return ModelResult(f"cnn-{number}", "p", "logit", (0.0,), 20, 10, overall, division)


def test_mean_and_sample_standard_deviation_by_hand():
    # .8, .9 and 1 have the mean .9; (.01 + 0 + .01) / (3 - 1) = .01, whose root is .1.
    found = summarize("cnn", [run(1, (0.8, 0.5)), run(2, (0.9, 0.6)), run(3, (1.0, 0.4))])
    assert (found.name, found.models) == ("cnn", ("cnn-1", "cnn-2", "cnn-3"))
    spread = found.groups["a"]["true_positive_rate"]
    assert (spread.mean, spread.deviation) == pytest.approx((0.9, 0.1))
    assert spread.values == (0.8, 0.9, 1.0)
    assert found.groups["b"]["true_positive_rate"].deviation == pytest.approx(
        statistics.stdev([0.5, 0.6, 0.4])
    )


def test_the_worst_group_is_that_of_each_run():
    found = summarize("cnn", [run(1, (0.8, 0.5)), run(2, (0.6, 0.9))])
    assert found.worst["true_positive_rate"].values == (0.5, 0.6)
    assert found.worst["true_positive_rate"].mean == pytest.approx(0.55)


def test_gaps_and_overall_figures():
    found = summarize("cnn", [run(1, (0.8, 0.5), gap=0.1, fpr=0.01), run(2, (0.6, 0.9), gap=0.3, fpr=0.03)])
    gap = found.differences["equal_opportunity_difference"]
    assert (gap.mean, gap.deviation) == pytest.approx((0.2, statistics.stdev([0.1, 0.3])))
    assert found.overall["false_positive_rate"].mean == pytest.approx(0.02)


def test_equal_runs_have_no_spread():
    found = summarize("cnn", [run(1, (0.8, 0.5)), run(2, (0.8, 0.5))])
    assert found.groups["a"]["true_positive_rate"].deviation == 0


def test_figures_that_a_run_lacks_are_left_out():
    found = summarize("cnn", [run(1, (0.8, 0.5)), run(2, (0.8, None), gap=None)])
    assert "true_positive_rate" in found.groups["a"]
    assert found.groups["b"] == {}
    assert found.differences == {}
