"""The statistics that methods of the study are compared by."""

import numpy as np
import pytest
from scipy import stats

from facedebias.auditing.statistics.power import chance_variance
from studies.debiasing.judging import recall_metrics as metrics
from studies.debiasing.judging import seed_statistics as statistics

GROUPS = np.array([0] * 30 + [1] * 20 + [2] * 10)


def a_test(fpr=0.05):
    return metrics.Test(GROUPS, ("a", "b", "c"), fpr)


def some_scores(seed, shift=0.0):
    rng = np.random.default_rng(seed)
    faces = (rng.normal(2.0 + shift, 1.0, 60) - 0.8 * (GROUPS == 2)).round(1).astype(np.float32)
    return metrics.Scores(faces, rng.normal(0.0, 1.0, 100).round(1).astype(np.float32))


class TestRecalls:
    def test_at_the_threshold_that_few_enough_nonfaces_pass(self):
        # Of 20 non-faces one may pass at 5%: that with 3; 2 ties with the next, so both 2s fail.
        nonfaces = np.array([3, 2, 2] + [0] * 17, np.float32)
        faces = np.array([2, 2.5, 3, 1], np.float32)
        test = metrics.Test(np.array([0, 0, 1, 1]), ("a", "b"), 0.05)
        np.testing.assert_array_equal(test.recalls(metrics.Scores(faces, nonfaces)), [0.5, 0.5])

    def test_drawn_pictures_equal_taking_each_as_often_as_it_was_drawn(self):
        test, scores = metrics.Test(GROUPS, ("a", "b", "c"), 0.05, num_draws=50), some_scores(0)
        drawn = test.drawn_recalls(scores)
        for number in range(50):
            faces = [
                np.repeat(scores.faces[group == GROUPS], test.draws(100).faces[group][number])
                for group in range(3)
            ]
            nonfaces = np.sort(np.repeat(scores.nonfaces, test.draws(100).nonfaces[number]))[::-1]
            assert len(nonfaces) == 100 and [len(part) for part in faces] == [30, 20, 10]
            # Five may pass: what ties with the sixth does not.
            np.testing.assert_allclose(drawn[number], [np.mean(part > nonfaces[5]) for part in faces])

    def test_drawn_recalls_spread_as_binomial_shares(self):
        # Non-faces far below: the threshold does not matter, a group's recall is a share of its faces.
        faces = np.where(np.arange(60) % 2, 5.0, -5.0).astype(np.float32)
        scores = metrics.Scores(faces, np.zeros(100, np.float32))
        drawn = metrics.Test(GROUPS, ("a", "b", "c"), 0.05, num_draws=4000).drawn_recalls(scores)
        np.testing.assert_allclose(drawn.std(axis=0), np.sqrt(0.25 / np.array([30, 20, 10])), rtol=0.05)


class TestVarianceBeyondChance:
    @pytest.mark.parametrize("rates", [(0.9, 0.9, 0.9), (0.95, 0.8, 0.7)])
    def test_is_that_of_the_true_recalls_on_average(self, rates):
        rng = np.random.default_rng(0)
        test = a_test()
        recalls = rng.binomial(test.sizes, rates, (200_000, 3)) / test.sizes
        found = test.figures_of(recalls)
        assert found[metrics.EXCESS].mean() == pytest.approx(1e4 * np.var(rates), abs=0.3)
        # Which the variance itself is not.
        assert found["variance"].mean() > 1e4 * np.var(rates) + 15


class TestComparison:
    def measured(self, shift):
        return metrics.measure(a_test(), [some_scores(seed, shift) for seed in (3, 4, 5, 6)])

    def test_a_method_does_not_differ_from_itself(self):
        for found in statistics.differences(self.measured(0.0), self.measured(0.0)).values():
            assert found["difference"] == 0 and found["interval"] == [0, 0] and found["p_value"] == 1

    def test_a_much_better_method_is_found_to_be_better(self):
        found = statistics.differences(self.measured(1.5), self.measured(0.0))
        assert found["worst"]["interval"][0] > 0 and found["mean"]["p_value"] < 0.02
        assert 0 < found["mean"]["detectable"] < found["mean"]["difference"]

    def test_differences_are_those_of_the_means_over_seeds(self):
        one, other = self.measured(0.3), self.measured(0.0)
        found = statistics.differences(one, other)
        worst = [run.min() for run in one.recalls], [run.min() for run in other.recalls]
        assert found["worst"]["difference"] == pytest.approx(np.mean(worst[0]) - np.mean(worst[1]))
        variances = [[1e4 * np.var(run) for run in method.recalls] for method in (one, other)]
        assert found["variance"]["difference"] == pytest.approx(np.mean(variances[0]) - np.mean(variances[1]))
        change = one.recalls[:, 2].mean() - other.recalls[:, 2].mean()
        assert found["c"]["difference"] == pytest.approx(change)

    def test_faces_of_several_groups_are_looked_at_together(self):
        test = metrics.Test(GROUPS, ("a", "b", "c"), 0.05, {"b and c": (1, 2)})
        scores = some_scores(3)
        found = metrics.measure(test, [scores, some_scores(4)]).values["b and c"]
        hits = scores.faces > np.sort(scores.nonfaces)[::-1][5]
        assert found[0] == pytest.approx(hits[30:].mean())

    def test_faces_of_several_groups_are_compared_with_those_of_others(self):
        test = metrics.Test(GROUPS, ("a", "b", "c"), 0.05, contrasts={"a and c - b": ((0, 2), (1,))})
        scores = some_scores(3)
        method = metrics.measure(test, [scores, some_scores(4)])
        hits = scores.faces > np.sort(scores.nonfaces)[::-1][5]
        of_two = np.concatenate([hits[GROUPS == 0], hits[GROUPS == 2]])
        assert method.values["a and c - b"][0] == pytest.approx(of_two.mean() - hits[GROUPS == 1].mean())

    def test_the_worst_of_equal_groups_lies_below_them_by_chance(self):
        sizes = np.array([30, 20, 10])
        shares = np.random.default_rng(0).binomial(sizes, 0.9, (200_000, 3)) / sizes
        assert statistics.chance_worst(0.9, sizes) == pytest.approx(shares.min(axis=1).mean(), abs=5e-4)
        assert statistics.chance_worst(1.0, sizes) == 1.0
        # Of one group there is no worst.
        assert statistics.chance_worst(0.9, np.array([7])) == pytest.approx(0.9)

    def test_the_summary_has_the_chance_floor_and_the_rate_at_a_fixed_threshold(self):
        test, method = a_test(), self.measured(0.0)
        found = statistics.summarize(test, method)
        sizes = np.array([30, 20, 10])
        overall = float((method.recalls.mean(axis=0) * sizes).sum() / 60)
        assert found["chance_variance"] == pytest.approx(chance_variance(overall, sizes))
        assert found["chance_worst"] == pytest.approx(statistics.chance_worst(overall, sizes))
        rates = [np.mean(some_scores(seed).nonfaces >= 0) for seed in (3, 4, 5, 6)]
        assert found["fixed_threshold_fpr"]["mean"] == pytest.approx(np.mean(rates))
        low, high = found["worst"]["interval"]
        assert low < found["worst"]["mean"] < high
        assert found["groups"].keys() == {"a", "b", "c"}

    def test_holm_corrects_for_the_methods_compared(self):
        # Sorted 0.01, 0.02, 0.04 of three: 0.03, max(0.03, 0.04), max(0.04, 0.04).
        entry = {"difference": 1.0, "standard_error": 0.5, "freedom": 7.0}
        compared = {
            name: {"worst": {"p_value": p, **entry}} for name, p in (("x", 0.04), ("y", 0.01), ("z", 0.02))
        }
        statistics.correct(compared, ("worst",))
        assert [compared[name]["worst"]["holm"] for name in "xyz"] == pytest.approx([0.04, 0.03, 0.04])
        # Student's t with 7 degrees of freedom: 3.1276 at 1 - 0.05 / 6, 0.8960 at 0.8.
        assert compared["x"]["worst"]["detectable_holm"] == pytest.approx(0.5 * (3.1276 + 0.8960), rel=1e-3)


class TestEstimate:
    def test_with_one_source_only_it_is_that_sources_test(self):
        values = np.array([0.3, -0.1, 0.8, 0.4, 0.2])
        by_seeds = statistics.Estimate.of(values, np.zeros((10, 5)))
        assert by_seeds.p_value() == pytest.approx(stats.ttest_1samp(values, 0).pvalue)
        reference = stats.ttest_1samp(values, 0).confidence_interval(0.95)
        assert by_seeds.interval() == pytest.approx(list(reference))
        drawn = np.array([-1.0, 1.0, 2.0, 0.0])
        by_pictures = statistics.Estimate.of(np.full(5, 2.0), np.repeat(drawn[:, None], 5, axis=1))
        assert by_pictures.p_value() == pytest.approx(2 * stats.norm.sf(2 / drawn.std(ddof=1)))

    @pytest.mark.parametrize("num_seeds", [4, 8])
    def test_seeds_and_pictures_that_make_no_difference_seldom_look_like_one(self, num_seeds):
        """Two methods alike in all but luck: of 600 studies about 5% find a difference at 5%."""
        rng = np.random.default_rng(0)
        num_studies, seed_deviation, picture_deviation, both_deviation = 600, 0.5, 0.5, 1.0
        p_values = []
        for _ in range(num_studies):
            values = rng.normal(0, picture_deviation) + rng.normal(0, seed_deviation, num_seeds)
            values += rng.normal(0, both_deviation, num_seeds)  # pictures that are hard for one seed
            drawn = values + rng.normal(0, picture_deviation, (400, 1))
            drawn += rng.normal(0, both_deviation, (400, num_seeds))
            p_values.append(statistics.Estimate.of(values, drawn).p_value())
        alarms = int(np.sum(np.array(p_values) < 0.05))
        # Beyond the 99.9% range of 5% lies a defect; percentile bootstraps have 10 to 20%.
        assert alarms <= stats.binom.ppf(0.9995, num_studies, 0.05)
        assert alarms >= stats.binom.ppf(0.0005, num_studies, 0.05)

    @pytest.mark.parametrize("shift", [0.0, 0.5])
    def test_whole_studies(self, shift):
        """From scores on: without a difference few are found, and a true one is.

        A standard error that is too large would find neither, one too small too many.
        """
        rng = np.random.default_rng(1)
        groups = np.repeat(np.arange(5), 60)
        num_studies, found = 120, []
        for _ in range(num_studies):
            base = rng.normal(1.6, 0.7, 300)
            nonfaces = rng.normal(-1.0, 0.7, 200)
            methods = []
            for gain in (0.0, shift):
                runs = [
                    metrics.Scores(
                        gain + base + rng.normal(0, 0.7, 300) + rng.normal(0, 0.3, 5)[groups],
                        nonfaces + rng.normal(0, 0.7, 200),
                    )
                    for _ in range(5)
                ]
                test = metrics.Test(groups, tuple("abcde"), 0.05, num_draws=60)
                methods.append(metrics.measure(test, runs))
            difference = statistics.differences(*methods)
            found.append([difference[name]["p_value"] < 0.05 for name in ("mean", "worst", "variance")])
        shares = np.mean(found, axis=0)
        if shift:
            assert shares[0] > 0.7
        else:
            assert np.all(shares <= stats.binom.ppf(0.9995, num_studies, 0.05) / num_studies)
