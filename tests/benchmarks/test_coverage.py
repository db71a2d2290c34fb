"""What benchmarks/auditing/interval_coverage.py simulates."""

import numpy as np
import pytest

from benchmarks.auditing import coverage_cases, coverage_simulations

KNOWN_GAP = coverage_cases.cases()[0]


def test_truths_of_the_known_gap():
    # True positive rates 0.95 and 0.85, false ones 0.05 and 0.1, as many positives as negatives.
    found = coverage_simulations.between_groups(KNOWN_GAP, num_simulations=5, num_draws=100, seed=[0])
    truths = {name: figure["truth"] for name, figure in found.items()}
    assert truths == pytest.approx(
        {
            "equal_opportunity_difference": 0.1,
            "equal_opportunity_ratio": 0.85 / 0.95,
            "equalized_odds_difference": 0.1,
            "true_positive_rate_variance": 25.0,  # each 5 points from the mean
            "false_positive_rate_difference": 0.05,
            "predictive_parity_difference": 0.95 / 1.0 - 0.85 / 0.95,
        }
    )


def test_intervals_hold_a_known_gap():
    # 60 samples at 95%: 57 on average, fewer than 52 in one of 350 (binomial distribution).
    found = coverage_simulations.between_groups(KNOWN_GAP, num_simulations=60, num_draws=200, seed=[1])
    assert min(figure["coverage"] for figure in found.values()) >= 52 / 60
    assert found["equal_opportunity_difference"]["rejected"] == 1.0


@pytest.mark.parametrize("name", coverage_cases.pairs(3))
def test_answers_of_two_models_have_the_rates_wanted(name):
    before, after = coverage_cases.pairs(3)[name]
    found = coverage_simulations.compared(before, after, num_simulations=20, num_draws=200, seed=[2])
    assert found["truth"] == pytest.approx(np.ptp(after) - np.ptp(before))
    assert found["coverage"] >= 16 / 20  # fewer in one of 400
