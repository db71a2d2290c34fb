"""What the search for recipes tries, and how it says what is better."""

import types

import pytest
from absl import flags
from absl.testing import flagsaver
from scipy import stats

from benchmarks import study_records, study_runs, study_search
from benchmarks.study_methods import METHODS


@pytest.fixture
def folders(tmp_path):
    if not flags.FLAGS.is_parsed():
        flags.FLAGS(["study_search"])
    with flagsaver.flagsaver(workdir=str(tmp_path), records=str(tmp_path / "records")):
        yield tmp_path


def test_the_best_of_each_model_are_run_again_beside_the_recipe():
    recalls = {"cnn-recipe": 0.9, "cnn-a": 0.95, "cnn-b": 0.91, "dbvae-recipe": 0.97, "dbvae-a": 0.96}
    assert study_search.best(recalls, 1) == ["cnn-recipe", "cnn-a", "dbvae-recipe", "dbvae-a"]


def test_both_models_are_searched_with_as_many_trials():
    plain = [name.partition("-")[0] for name, trial in study_search.TRIALS.items() if not trial.variant]
    assert plain.count("cnn") == plain.count("dbvae") and plain[:4] == ["cnn", "dbvae", "cnn", "dbvae"]


@pytest.mark.parametrize(("trial", "method"), [("cnn-recipe", "cnn"), ("dbvae-recipe", "dbvae-max-0.01")])
def test_what_the_study_has_trained_is_not_trained_again(folders, trial, method):
    """But its runs are not begun by the search, whose records have no tests in them."""
    assert study_search.run_of(trial, 3).record_path.is_relative_to(folders / "records/search")
    (of_study,) = study_runs.runs_of({method: METHODS[method]}, [3], folders, folders / "records")
    of_study.record_path.parent.mkdir(parents=True)
    of_study.record_path.touch()
    assert study_search.run_of(trial, 3) == of_study
    assert study_search.run_of(trial, 4).record_path.is_relative_to(folders / "records/search")


def test_a_variant_is_not_taken_for_the_method_it_changes(folders):
    for name in ("cnn", "dbvae-max-0.01", "dbvae-max-0.01-epoch"):
        (run,) = study_runs.runs_of({name: METHODS[name]}, [0], folders, folders / "records")
        run.record_path.parent.mkdir(parents=True)
        run.record_path.touch()
    variants = [name for name, trial in study_search.TRIALS.items() if trial.variant]
    assert variants
    assert not any(study_search.run_of(name, 0).is_finished for name in variants)


def test_the_best_of_the_trials_and_then_of_the_variants_get_more_seeds(folders, monkeypatch):
    """As each is made up to find more the later it is in the list."""
    done, names = [], list(study_search.TRIALS)
    monkeypatch.setattr(study_search, "_train", lambda trials, seeds: done.append((trials, seeds)) or True)
    monkeypatch.setattr(study_search, "_finished", lambda trial: [])
    monkeypatch.setattr(study_search, "run_of", lambda trial, seed: trial)
    monkeypatch.setattr(
        study_records,
        "load_all",
        lambda trials: [types.SimpleNamespace(validation=names.index(trial) / 100) for trial in trials],
    )
    with flagsaver.flagsaver(best=1, best_seeds=3, output=str(folders / "search.json")):
        study_search.main(["study_search"])
    assert [list(seeds) for _, seeds in done] == [[0], [1, 2], [0], [1, 2]]
    assert sorted(done[0][0] + done[2][0]) == sorted(names)
    assert done[1][0] == ["cnn-recipe", "cnn-soften-0.5", "dbvae-recipe", "dbvae-16-latents"]
    assert done[3][0] == [
        "cnn-recipe",
        "cnn-averaged-weights",
        "dbvae-recipe",
        "dbvae-nearest-neighbours-parts-of-the-logit",
    ]


class TestCompare:
    RECIPE = (0.90, 0.92, 0.91, 0.93)

    def test_two_trials_are_compared_by_pairs_of_seeds(self):
        own = (0.93, 0.94, 0.96)
        trials = {"cnn-recipe": {"recalls": [*self.RECIPE]}, "cnn-8-epochs": {"recalls": [*own]}}
        study_search.compare(trials)
        reference, found = stats.ttest_rel(own, self.RECIPE[:3]), trials["cnn-8-epochs"]
        assert found["difference"] == pytest.approx(sum(own) / 3 - 0.91)
        assert found["p_value"] == found["holm"] == pytest.approx(reference.pvalue)
        assert found["interval"] == pytest.approx(list(reference.confidence_interval(0.95)))

    def test_one_seed_is_judged_beside_what_that_seed_does_to_others(self):
        other = (0.91, 0.95, 0.93, 0.94)
        trials = {"cnn-recipe": {"recalls": [*self.RECIPE]}, "cnn-hard-faces": {"recalls": [*other]}}
        trials["cnn-8-epochs"] = {"recalls": [0.95]}
        study_search.compare(trials)
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
        study_search.compare(trials)
        assert trials["cnn-8-epochs"]["holm"] == pytest.approx(4 * trials["cnn-8-epochs"]["p_value"])
        assert trials["dbvae-8-epochs"]["holm"] == trials["dbvae-8-epochs"]["p_value"] == pytest.approx(1)
        assert "difference" not in trials["dbvae-recipe"]

    @pytest.mark.parametrize("recipe", [[0.9], [0.9, 0.91, 0.92]])
    def test_nothing_is_judged_where_chance_cannot_be_told_from_seeds(self, recipe):
        trials = {"cnn-recipe": {"recalls": recipe}, "cnn-8-epochs": {"recalls": [0.95]}}
        study_search.compare(trials)
        assert "difference" not in trials["cnn-8-epochs"]
