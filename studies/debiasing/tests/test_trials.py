"""What the search for recipes tries, and how it says what is better."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from studies.debiasing.datasets import FPRS
from studies.debiasing.judging import recall_metrics, score_order
from studies.debiasing.judging.recall_metrics import DARK, SEXES, Scores
from studies.debiasing.judging.trial_statistics import compare
from studies.debiasing.run_records import Record
from studies.debiasing.trial_list import TRIALS
from studies.debiasing.trials import as_markdown, tables_of
from studies.harness.record_file import RecordFile
from studies.harness.trained_runs import Run

STUDY = Path(__file__).parents[1]
MODELS = ("cnn", "dbvae")


GROUPS = np.repeat([0, 1], 100)  # women, then dark men


def a_record(name, seed, num_missed, tmp_path):
    """A run that misses so many of the men at any rate, and finds all women."""
    faces = np.where(np.arange(200) < 200 - num_missed, 9.0, -9.0).astype(np.float32)
    order = score_order.pack(Scores(faces, np.linspace(-5, 5, 2000, dtype=np.float32)), FPRS)
    run = Run(name, TRIALS[name], seed, tmp_path, RecordFile(tmp_path / "x"))
    return Record(run, 1.0, 0.5, "", "", {"choosing": order})


def test_the_table_has_a_line_for_each_trial_that_was_run(tmp_path):
    tests = {
        fpr: recall_metrics.Test(GROUPS, ("women", "men"), fpr, {DARK: (1,)}, {SEXES: ((0,), (1,))})
        for fpr in FPRS
    }
    records = [
        a_record(name, seed, missed, tmp_path)
        for name, found in (("cnn-recipe", (20, 16)), ("cnn-tint-0.2", (8, 10)))
        for seed, missed in enumerate(found)
    ]
    lines = as_markdown(records, tests).splitlines()
    assert lines[0] == "## CNN"
    # Men found: 80 and 84%; the mean of the groups 90 and 92%; judged by the mean of the two.
    cells = "recipe | 91.0 / 82.0 / 82.0 | 18.0 | 91.0 / 82.0 | 50 | 86.50 |  |  | 2 |"
    assert lines[4] == f"| {cells}"
    assert lines[5].startswith("| tint 0.2 | 95.5 / 91.0 / 91.0 | 9.0 | 95.5 / 91.0 | 50 | 93.25 | +6.75 (")
    assert len(lines) == 6


def test_the_table_on_file_is_what_the_record_says():
    expected = tables_of(RecordFile(STUDY / "trials.jsonl"))
    assert (STUDY / "results" / "trials.md").read_text() == expected


class TestCompare:
    RECIPE = (0.90, 0.92, 0.91, 0.93)

    def test_two_trials_are_compared_by_pairs_of_seeds(self):
        own = (0.93, 0.94, 0.96)
        trials = {"cnn-recipe": {"recalls": [*self.RECIPE]}, "cnn-8-epochs": {"recalls": [*own]}}
        compare(trials, MODELS)
        reference, found = stats.ttest_rel(own, self.RECIPE[:3]), trials["cnn-8-epochs"]
        assert found["difference"] == pytest.approx(sum(own) / 3 - 0.91)
        assert found["p_value"] == found["holm"] == pytest.approx(reference.pvalue)
        assert found["interval"] == pytest.approx(list(reference.confidence_interval(0.95)))

    def test_one_seed_is_judged_beside_what_that_seed_does_to_others(self):
        other = (0.91, 0.95, 0.93, 0.94)
        trials = {"cnn-recipe": {"recalls": [*self.RECIPE]}, "cnn-hard-faces": {"recalls": [*other]}}
        trials["cnn-8-epochs"] = {"recalls": [0.95]}
        compare(trials, MODELS)
        # The recipe with the first seed, as trials and seeds add up: 0.915 + (0.905 - 0.92375).
        difference = 0.95 - 0.89625
        # Chance: half of the variance of the pairs' differences. A new run has it once, the recipe's
        # fitted value 1/2 + 1/4 - 1/8 of it.
        error = (stats.tvar([b - a for a, b in zip(self.RECIPE, other, strict=True)]) / 2 * 13 / 8) ** 0.5
        found = trials["cnn-8-epochs"]
        assert found["difference"] == pytest.approx(difference)
        assert found["p_value"] == pytest.approx(2 * stats.t.sf(difference / error, 3))
        ends = [difference - 3.182446 * error, difference + 3.182446 * error]
        assert found["interval"] == pytest.approx(ends)
        # Two trials: 80% of such studies find it at the level 0.05 / 2.
        assert found["detectable"] == pytest.approx((4.176535 + 0.978472) * error, rel=1e-5)

    def test_models_are_families_of_their_own_and_many_trials_are_paid_for(self):
        trials = {"cnn-recipe": {"recalls": [*self.RECIPE]}, "cnn-8-epochs": {"recalls": [0.95, 0.96]}}
        trials |= {f"cnn-{name}": {"recalls": [0.90]} for name in ("width-16", "batch-32", "soften-0.5")}
        trials |= {"dbvae-recipe": {"recalls": [0.5, 0.7]}, "dbvae-8-epochs": {"recalls": [0.6, 0.6]}}
        compare(trials, MODELS)
        assert trials["cnn-8-epochs"]["holm"] == pytest.approx(4 * trials["cnn-8-epochs"]["p_value"])
        assert trials["dbvae-8-epochs"]["holm"] == trials["dbvae-8-epochs"]["p_value"] == pytest.approx(1)
        assert "difference" not in trials["dbvae-recipe"]

    @pytest.mark.parametrize("recipe", [[0.9], [0.9, 0.91, 0.92]])
    def test_nothing_is_judged_where_chance_cannot_be_told_from_seeds(self, recipe):
        trials = {"cnn-recipe": {"recalls": recipe}, "cnn-8-epochs": {"recalls": [0.95]}}
        compare(trials, MODELS)
        assert "difference" not in trials["cnn-8-epochs"]
