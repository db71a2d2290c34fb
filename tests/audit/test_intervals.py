import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from facedebias.audit import intervals, metrics

FIGURES = {
    "mean": (intervals.mean_recall, metrics.mean_recall),
    "worst": (intervals.worst_recall, np.min),
    "gap": (intervals.gap, metrics.gap),
    "variance": (intervals.variance, metrics.variance),
}


@st.composite
def counts(draw):
    faces = draw(st.lists(st.integers(1, 400), min_size=2, max_size=40))
    return np.array([draw(st.integers(0, n)) for n in faces]), np.array(faces)


def test_five_of_five():
    # z^2 = 3.8415; (1 + z^2/10 - z sqrt(z^2/100)) / (1 + z^2/5) = 1 / 1.7683 = 0.5655.
    low, high = intervals.wilson(np.array(5), np.array(5))
    assert low == pytest.approx(1 / (1 + 1.959964**2 / 5), abs=1e-6)
    assert round(float(low), 3) == 0.566
    assert high == 1


@pytest.mark.parametrize(("found", "faces"), [(0, 5), (3, 5), (143, 150), (150, 150), (90, 9000)])
def test_wilson_equals_scipy(found, faces):
    expected = binomtest(found, faces).proportion_ci(method="wilson")
    assert np.array(intervals.wilson(found, faces)) == pytest.approx([expected.low, expected.high], abs=1e-12)


def test_mean_recall_by_hand():
    # q = 9.5 / 11 and 8.5 / 11; v = q (1 - q) / 10 = .011777 and .017562; sqrt(sum) / 2 = .085639.
    low, high = intervals.mean_recall(np.array([9, 8]), np.array([10, 10]))
    assert low == pytest.approx(0.85 - 1.959964 * 0.085639, abs=1e-5)
    assert high == 1.0  # 0.85 + 0.168 is beyond 1


def test_worst_recall_takes_the_lowest_ends():
    found, faces = np.array([9, 16]), np.array([10, 20])
    lows, _ = intervals.wilson(found, faces)
    _, highs = intervals.wilson(found, faces, 1 - 0.975**0.5)
    assert intervals.worst_recall(found, faces) == (min(lows), min(highs))


def test_differences_are_newcombes_intervals():
    # R. G. Newcombe 1998, table II, method 10: for 56/70 - 48/80 it gives 0.0524 to 0.3339.
    low, high = intervals._differences(np.array([56, 48]), np.array([70, 80]), 0.025)
    assert (max(low), max(high)) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_gap_allows_for_all_ordered_pairs():
    # One of 14 groups is low, which the variance hardly shows: 14 x 13 = 182 ordered pairs.
    found, faces = np.array([110] + [148] * 13), np.full(14, 150)
    low, high = intervals.gap(found, faces)
    corrected, _ = intervals._differences(found, faces, 0.025 / 182)
    _, uncorrected = intervals._differences(found, faces, 0.025)
    assert (low, high) == (max(corrected), max(uncorrected))


def test_gap_low_end_agrees_with_that_of_the_variance():
    # Fourteen groups in two clusters: no single pair is apart, but together they are.
    found, faces = np.array([143] * 7 + [131] * 7), np.full(14, 150)
    variance_low, _ = intervals.variance(found, faces)
    assert variance_low > 0
    assert intervals.gap(found, faces)[0] >= 2 * np.sqrt(variance_low / 100**2)


def test_variance_ends_are_the_quantiles_by_simulation():
    # At the true variance that is the low end, an S as large as the observed has probability
    # 2.5%; at the high end, one as small has. Normal recalls of equal precision.
    found, faces = np.array([1900, 1800, 1860, 1740]), np.full(4, 2000)
    low, high = intervals.variance(found, faces)
    deviations = found / faces - np.mean(found / faces)
    observed, errors = np.sum(deviations**2), np.sqrt(intervals._sampling_variances(found, faces))
    noise = np.random.default_rng(0).normal(0, errors, (200_000, 4))
    for end, tail in ((low, 0.975), (high, 0.025)):
        scale = np.sqrt(end / 100**2 * 4 / observed)
        draws = scale * deviations + noise
        sums = np.sum((draws - draws.mean(1, keepdims=True)) ** 2, axis=1)
        assert np.mean(sums < observed) == pytest.approx(tail, abs=0.01)


def test_chi_square_ratio_is_near_the_normal_for_many_degrees():
    z = norm.ppf(0.975)
    assert intervals._chi_square_ratio(10_000, z) == pytest.approx(1 + z * np.sqrt(2 / 10_000), abs=1e-3)


@pytest.mark.parametrize("name", FIGURES)
@given(counts())
def test_intervals_hold_the_estimate_and_have_width(name, found_and_faces):
    found, faces = found_and_faces
    interval, figure = FIGURES[name]
    low, high = interval(found, faces)
    assert low <= figure(found / faces) + 1e-9
    assert high >= figure(found / faces) - 1e-9
    assert high - low > 1e-6
    assert low >= 0
    assert high <= (metrics.PERCENT_SQUARED / 4 + 1e-6 if name == "variance" else 1)


@pytest.mark.parametrize("name", FIGURES)
def test_four_groups_of_five_all_right_are_no_certainty(name):
    low, high = FIGURES[name][0](np.full(4, 5), np.full(4, 5))
    assert high - low > 0.1


def test_coverage_of_small_equal_and_unequal_groups():
    # 600 data sets; a coverage of 95% varies by 0.9% (one standard deviation).
    rng, faces = np.random.default_rng(0), np.array([150] * 6)
    for recalls in (np.full(6, 0.95), np.linspace(0.88, 0.98, 6)):
        data = rng.binomial(faces, recalls, (600, 6))
        for interval, figure in FIGURES.values():
            ends = np.array([interval(found, faces) for found in data])
            truth = figure(recalls)
            inside = (ends[:, 0] <= truth + 1e-9) & (truth - 1e-9 <= ends[:, 1])
            assert inside.mean() >= 0.92
