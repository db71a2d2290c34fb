"""The audit of COMPAS, whose figures everybody knows: ProPublica's table, filtered as they did.

People with a charge and a screening within 30 days of it, 6,172 in all. The label is whether somebody
reoffended within two years, the decision whether the decile score is 5 or more (medium or high risk).

J. Larson, S. Mattu, L. Kirchner, J. Angwin, How We Analyzed the COMPAS Recidivism Algorithm,
ProPublica 2016; counted from compas-scores-two-years.csv.
"""

import csv

import pytest
from scipy import stats

from facedebias.auditing.evaluation import evaluate
from facedebias.auditing.settings import AuditConfig
from facedebias.report import verdict
from facedebias.report.results import as_json

# Race, sex: reoffended with a high and a low score, did not reoffend with a high and a low score.
COUNTS = {
    ("African-American", "Female"): (141, 62, 131, 215),
    ("African-American", "Male"): (1047, 411, 510, 658),
    ("Asian", "Female"): (0, 1, 0, 1),
    ("Asian", "Male"): (5, 2, 2, 20),
    ("Caucasian", "Female"): (94, 76, 90, 222),
    ("Caucasian", "Male"): (320, 332, 192, 777),
    ("Hispanic", "Female"): (4, 22, 3, 53),
    ("Hispanic", "Male"): (75, 88, 59, 205),
    ("Native American", "Female"): (2, 0, 0, 0),
    ("Native American", "Male"): (3, 0, 3, 3),
    ("Other", "Female"): (5, 6, 6, 41),
    ("Other", "Male"): (37, 76, 22, 150),
}
RECALL, FPR = "true_positive_rate", "false_positive_rate"


@pytest.fixture(scope="module")
def compas(tmp_path_factory):
    path = tmp_path_factory.mktemp("compas") / "compas.csv"
    with path.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["score", "label", "race", "sex"])
        for (race, sex), counts in COUNTS.items():
            for (label, score), count in zip(((1, 1), (1, 0), (0, 1), (0, 0)), counts, strict=True):
                lines.writerows([[score, label, race, sex]] * count)
    return path


def audit(path, *groups):
    found = evaluate(AuditConfig(predictions=(str(path),), groups=groups))
    (model,) = found.models
    return model.main, verdict.model_sentence(model.name, model.main), verdict.notes(found)


def rates(division, metric):
    return {group.name: round(100 * group.metrics[metric].value, 1) for group in division.groups}


def test_all_rows_are_there():
    assert sum(map(sum, COUNTS.values())) == 6172


def test_by_race(compas):
    division, sentence, notes = audit(compas, "race")
    assert rates(division, RECALL) == {
        "African-American": 71.5, "Asian": 62.5, "Caucasian": 50.4, "Hispanic": 41.8,
        "Native American": 100.0, "Other": 33.9,
    }  # fmt: skip
    known = {"African-American": 42.3, "Caucasian": 22.0}
    assert rates(division, FPR) | known == rates(division, FPR)
    # Eight and five people who reoffended decide nothing about recall.
    compared = ("African-American", "Caucasian", "Hispanic", "Other")
    assert division.compared[RECALL] == compared
    assert division.small[RECALL] == {"Asian": 8, "Native American": 5}
    gap = division.differences["equal_opportunity_difference"]
    assert gap.value == pytest.approx(1188 / 1661 - 42 / 124)
    assert gap.p_value < 0.001
    assert 0.25 < gap.interval[0] < 0.32
    # The two large groups differ most surely; SciPy's own test of them.
    (pair,) = [p for p in gap.pairs if {p.higher, p.lower} == {"African-American", "Caucasian"}]
    exact = stats.fisher_exact([[1188, 473], [414, 408]]).pvalue
    assert gap.pairs[0] == pair
    assert pair.difference == pytest.approx(0.211, abs=0.001)
    assert pair.raw_p_value == pytest.approx(exact)
    assert pair.p_value == pytest.approx(6 * exact)  # the smallest of six pairs
    low, high = (f"{100 * end:.1f}" for end in gap.interval)
    assert sentence == (
        "compas misses 66.1% of the positives in Other but 28.5% of those in African-American: recall "
        f"differs by 37.7 points (95% interval {low} to {high}). If all groups were alike, chance would "
        "rarely give as much (p < 0.001). The clearest difference is between Caucasian (49.6% missed) and "
        "African-American (28.5%; p < 0.001, Holm)."
    )
    (note,) = [note for note in notes if note.startswith("Fewer than 30")]
    assert "Asian (8 positives, 23 negatives, 7 selected rows)" in note


@pytest.mark.parametrize("min_group", [1, 8, 30, 100])
def test_small_groups_hide_no_gap(compas, min_group):
    found = evaluate(AuditConfig(predictions=(str(compas),), groups=("race",), min_group=min_group))
    assert found.models[0].main.differences["equal_opportunity_difference"].p_value < 0.001


def test_by_sex(compas):
    division, sentence, _ = audit(compas, "sex")
    assert rates(division, RECALL) == {"Female": 59.6, "Male": 62.1}
    gap = division.differences["equal_opportunity_difference"]
    # 246 of 413 and 1487 of 2396: chi-squared gives p = 0.33, and so does every other test of two shares.
    chi_squared = stats.chi2_contingency([[246, 167], [1487, 909]], correction=False).pvalue
    assert gap.p_value == pytest.approx(chi_squared, abs=0.04)
    assert gap.interval[0] == 0
    # Of 413 women a gap of 5 points would not have been seen.
    assert 0.05 < gap.detectable < 0.1
    assert (
        "These rows are too few to rule out a gap. In Female (413 positives) this test finds a gap of"
        in sentence
    )
    assert "no gap is shown" not in sentence


def test_by_race_and_sex(compas):
    division, sentence, _ = audit(compas, "race", "sex")
    known = {
        "African-American Female": 69.5, "African-American Male": 71.8, "Caucasian Female": 55.3,
        "Caucasian Male": 49.1, "Hispanic Male": 46.0, "Other Male": 32.7,
    }  # fmt: skip
    found = rates(division, RECALL)
    assert found | known == found
    # 26 Hispanic women, 11 women of other races, and Asian and Native American people are too few.
    assert set(division.compared[RECALL]) == set(known)
    gap = division.differences["equal_opportunity_difference"]
    assert (gap.highest, gap.lowest) == ("African-American Male", "Other Male")
    assert gap.p_value < 0.001
    assert "no gap is shown" not in sentence
    assert {gap.pairs[0].higher, gap.pairs[0].lower} == {"African-American Male", "Caucasian Male"}


def test_results_name_groups_too_small_and_every_pair(compas):
    found = as_json(evaluate(AuditConfig(predictions=(str(compas),), groups=("race",))))["models"]["compas"]
    assert found["small_groups"][RECALL] == {"Asian": 8, "Native American": 5}
    assert found["small_groups"]["accuracy"] == {"Native American": 11}
    assert found["groups"]["Asian"]["is_small"]
    assert "accuracy" not in found["groups"]["Asian"]["small_for"]  # of 31 rows
    assert found["groups"]["Native American"]["recall"] == 1  # shown all the same
    assert found["worst_group"]["name"] == "Other"
    gap = found["differences"]["equal_opportunity_difference"]
    assert gap["left_out"] == ["Asian", "Native American"]
    assert gap["detectable_in"] == "Other"
    assert len(gap["pairs"]) == 6
    assert gap["pairs"][0].keys() == {"higher", "lower", "difference", "p_value", "p_value_holm"}
    assert found["differences"]["false_positive_rate_difference"]["left_out"] == ["Asian", "Native American"]
