"""evaluate.py --target: metrics of classifiers of an attribute, against masks of the rows."""

import numpy as np
import pytest

from facedebias.errors import InputError
from facedebias.scoring.threshold_rule import FIXED, Rule
from tests.cli.evaluating.targets.target_audits import NUM_FACES, audit


def masked(selected, positive, where):
    """Figures of the rows in a mask."""
    negatives, positives = where & ~positive, where & positive
    return {
        "true_positive_rate": selected[positives].mean(),
        "false_positive_rate": selected[negatives].mean(),
        "positive_predictive_value": positive[where & selected].mean(),
        "selection_rate": selected[where].mean(),
        "accuracy": (selected == positive)[where].mean(),
    }


@pytest.mark.parametrize("split", [None, "test"])
def test_figures_are_those_of_masks(model, data, rows, split):
    found = audit(model, data, groups=("Male",), split=split, min_group=1).models[0]
    # Not detection's 1% of false positives: the probability 0.5 is the logit 0 and the level 100.
    selected, positive = rows["level"] >= 100, rows["Attractive"] == 1
    counted = rows["face"] & (rows["Attractive"] >= 0) & (rows["Male"] >= 0)
    if split:
        counted &= rows["test"]
    assert (found.num_rows, found.num_negatives) == (counted.sum(), (counted & ~positive).sum())
    expected = [masked(selected, positive, counted & (rows["Male"] == code)) for code in (0, 1)]
    assert [group.name for group in found.groups] == ["Male=no", "Male=yes"]
    for group, figures_of in zip(found.groups, expected, strict=True):
        for name, value in figures_of.items():
            assert group.metrics[name].value == pytest.approx(value), name
    for name, value in masked(selected, positive, counted).items():
        assert found.overall[name].value == pytest.approx(value), name
    gaps = {name: abs(expected[0][name] - expected[1][name]) for name in expected[0]}
    between = found.main.differences
    assert between["equal_opportunity_difference"].value == pytest.approx(gaps["true_positive_rate"])
    assert between["false_positive_rate_difference"].value == pytest.approx(gaps["false_positive_rate"])
    assert between["demographic_parity_difference"].value == pytest.approx(gaps["selection_rate"])
    odds = max(gaps["true_positive_rate"], gaps["false_positive_rate"])
    assert between["equalized_odds_difference"].value == pytest.approx(odds)
    assert gaps["true_positive_rate"] > 0 and gaps["false_positive_rate"] > 0, "shows nothing"


def test_all_rows_have_groups(model, data, rows):
    known = rows["face"] & (rows["Attractive"] >= 0)
    for groups in ((), ("Male",), ("Male", "age")):
        found = audit(model, data, groups=groups)
        assert not found.sample.is_shared.any()
        assert len(found.sample.labels) == known.sum()
        assert found.rule == Rule(FIXED, (0.5,))
    assert len(found.models[0].groups) == 8
    positives = rows["face"] & (rows["Attractive"] == 1)
    assert found.sample.labels.sum() == positives.sum()
    # A row is named by its number in the file.
    first = int(np.flatnonzero(positives)[0])
    assert found.sample.locate(0) == f"row {first} (1/{first}.png) of {data}"


def test_each_group_has_its_own_threshold(model, data, rows):
    found = audit(model, data, groups=("Male",), fpr=0.2, per_group=True, min_group=1)
    for code, threshold in enumerate(found.models[0].thresholds):
        negatives = rows["face"] & (rows["Attractive"] == 0) & (rows["Male"] == code)
        levels = np.sort(rows["level"][negatives])
        # floor(n / 5) may pass: the level of the best refused is that many places from the end.
        refused = levels[-1 - len(levels) // 5]
        assert threshold == pytest.approx((refused - 100) / 10, abs=1e-5)
    size = (rows["face"] & (rows["Attractive"] == 0) & (rows["Male"] >= 0)).sum()
    expected = f"for each group of each model, false positive rate at most 0.2 on {size} negatives"
    assert found.threshold_rule == expected


def test_the_other_value_turns_the_labels_round(model, data):
    attractive, other = audit(model, data), audit(model, data, target="Attractive=no")
    assert other.models[0].num_negatives == attractive.sample.labels.sum()
    old = audit(model, data, target="age=old").sample
    assert len(old.labels) == NUM_FACES
    assert old.target.negatives == "age=young or older or oldest"


def test_faces_may_be_left_out(tmp_path, model, data, rows):
    whole = audit(model, data, groups=("Male",))
    man = np.flatnonzero(rows["face"] & (rows["Attractive"] == 1) & (rows["Male"] == 1))[0]
    listed = tmp_path / "rows.csv"
    listed.write_text(f"row,label\n{man},positive\n")
    found = audit(model, data, groups=("Male",), exclude=str(listed))
    assert found.models[0].num_rows == whole.models[0].num_rows - 1
    assert found.sample.excluded.groups == {"Male=yes": (1, whole.models[0].groups[1].num_rows)}
    nonface = np.flatnonzero(~rows["face"])[0]
    listed.write_text(f"row\n{nonface}\n")
    with pytest.raises(InputError, match="1 of its 1 rows are not among those audited"):
        audit(model, data, groups=("Male",), exclude=str(listed))


def test_real_faces(real_data, model):
    """CelebA as it comes: -1 is "no", and the numbers of rows are those of its list."""
    folder = real_data / "celeba"
    found = audit(model, f"celeba:{folder}", groups=("Male",), split="test")
    names, *lines = (folder / "list_attr_celeba.txt").read_text().split("\n")[1:]
    part = dict(line.split() for line in (folder / "list_eval_partition.txt").read_text().splitlines())
    column = names.split().index("Attractive") + 1
    signs = [fields[column] for fields in map(str.split, lines) if fields and part[fields[0]] == "2"]
    assert found.sample.labels.sum() == signs.count("1")
    assert found.models[0].num_negatives == signs.count("-1")
    assert [group.name for group in found.models[0].groups] == ["Male=no", "Male=yes"]
