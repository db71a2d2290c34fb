"""What base rates rule out."""

import pytest

from studies.attributes.rates import false_positive_rate


def test_the_rates_of_a_group_are_bound_to_each_other():
    # 100 rows: 40 positive, 32 of them found; 8 of 60 negatives are taken for positives.
    tp, fn, fp, tn = 32, 8, 8, 52
    recall, precision, base = tp / (tp + fn), tp / (tp + fp), (tp + fn) / 100
    assert false_positive_rate(base, recall, precision) == pytest.approx(fp / (fp + tn))
