"""The study's statistics, data and bookkeeping; its trainings take hours and are not run here."""

import types

import h5py
import numpy as np
import pytest

from benchmarks import skin_tone, study_data, study_methods, study_runs
from benchmarks import study_statistics as statistics
from facedebias.audit.power import chance_variance
from facedebias.config import TrainConfig
from facedebias.data.face_file import FaceDataset
from facedebias.data.face_writer import FaceFileWriter

GROUPS = np.array([0] * 30 + [1] * 20 + [2] * 10)


def a_test(fpr=0.05):
    return statistics.Test(GROUPS, ("a", "b", "c"), fpr)


def some_scores(seed, shift=0.0):
    rng = np.random.default_rng(seed)
    faces = (rng.normal(2.0 + shift, 1.0, 60) - 0.8 * (GROUPS == 2)).round(1).astype(np.float32)
    return statistics.Scores(faces, rng.normal(0.0, 1.0, 100).round(1).astype(np.float32))


class TestRecalls:
    def test_at_the_threshold_that_few_enough_nonfaces_pass(self):
        # Of 20 non-faces one may pass at 5%: that with 3; 2 ties with the next, so both 2s fail.
        nonfaces = np.array([3, 2, 2] + [0] * 17, np.float32)
        faces = np.array([2, 2.5, 3, 1], np.float32)
        test = statistics.Test(np.array([0, 0, 1, 1]), ("a", "b"), 0.05)
        np.testing.assert_array_equal(test.recalls(statistics.Scores(faces, nonfaces)), [0.5, 0.5])

    def test_drawn_pictures_equal_taking_each_as_often_as_it_was_drawn(self):
        test, scores = a_test(), some_scores(0)
        drawn = test.drawn_recalls(scores, 50)
        for number in range(50):
            faces = [
                np.repeat(scores.faces[group == GROUPS], test.draws.faces[group][number])
                for group in range(3)
            ]
            nonfaces = np.sort(np.repeat(scores.nonfaces, test.draws.nonfaces[number]))[::-1]
            assert len(nonfaces) == 100 and [len(part) for part in faces] == [30, 20, 10]
            # Five may pass: what ties with the sixth does not.
            np.testing.assert_allclose(drawn[number], [np.mean(part > nonfaces[5]) for part in faces])

    def test_drawn_recalls_spread_as_binomial_shares(self):
        # Non-faces far below: the threshold does not matter, a group's recall is a share of its faces.
        faces = np.where(np.arange(60) % 2, 5.0, -5.0).astype(np.float32)
        scores = statistics.Scores(faces, np.zeros(100, np.float32))
        drawn = a_test().drawn_recalls(scores, 4000)
        np.testing.assert_allclose(drawn.std(axis=0), np.sqrt(0.25 / np.array([30, 20, 10])), rtol=0.05)


class TestComparison:
    def measured(self, shift, num_draws=400):
        runs = {seed: some_scores(seed, shift) for seed in (3, 4, 5, 6)}
        return statistics.measure(a_test(), runs, [3, 4, 5, 6], num_draws)

    def test_a_method_does_not_differ_from_itself(self):
        method = self.measured(0.0)
        for found in statistics.differences(a_test(), method, self.measured(0.0)).values():
            assert found["difference"] == 0 and found["interval"] == [0, 0] and found["p_value"] == 1

    def test_a_much_better_method_is_found_to_be_better(self):
        found = statistics.differences(a_test(), self.measured(1.5), self.measured(0.0))
        assert found["worst"]["interval"][0] > 0 and found["mean"]["p_value"] < 0.02
        assert 0 < found["mean"]["detectable"] < found["mean"]["difference"]

    def test_differences_are_those_of_the_means_over_seeds(self):
        one, other = self.measured(0.3), self.measured(0.0)
        found = statistics.differences(a_test(), one, other)
        worst = [run.min() for run in one.recalls], [run.min() for run in other.recalls]
        assert found["worst"]["difference"] == pytest.approx(np.mean(worst[0]) - np.mean(worst[1]))
        variances = [[1e4 * np.var(run) for run in method.recalls] for method in (one, other)]
        assert found["variance"]["difference"] == pytest.approx(np.mean(variances[0]) - np.mean(variances[1]))
        assert found["c"]["difference"] == pytest.approx(
            one.recalls[:, 2].mean() - other.recalls[:, 2].mean()
        )

    def test_seeds_are_drawn_too(self):
        # The same pictures, one seed finds all faces, the other none: only seeds make a spread.
        faces = np.full(60, 5.0, np.float32)
        nonfaces = np.zeros(100, np.float32)
        runs = {0: statistics.Scores(faces, nonfaces), 1: statistics.Scores(-faces, nonfaces)}
        drawn = statistics.measure(a_test(), runs, [0, 1], 4000).drawn["mean"]
        shares = [np.mean(drawn == value) for value in (0.0, 0.5, 1.0)]
        np.testing.assert_allclose(shares, [0.25, 0.5, 0.25], atol=0.035)

    def test_p_values_count_the_draws_beyond_zero(self):
        # 3 of 99 draws are at or below 0: 2 * (3 + 1) / 100.
        drawn = np.concatenate([np.full(3, -1.0), np.full(96, 1.0)])
        assert statistics.p_value(drawn) == pytest.approx(0.08)
        assert statistics.p_value(-drawn) == pytest.approx(0.08)

    def test_holm_corrects_for_the_methods_compared(self):
        # Sorted 0.01, 0.02, 0.04 of three: 0.03, max(0.03, 0.04), max(0.04, 0.04).
        compared = {name: {"worst": {"p_value": p}} for name, p in (("x", 0.04), ("y", 0.01), ("z", 0.02))}
        statistics.correct(compared, ("worst",))
        assert [compared[name]["worst"]["holm"] for name in "xyz"] == pytest.approx([0.04, 0.03, 0.04])

    def test_the_summary_has_the_chance_floor_and_the_rate_at_a_fixed_threshold(self):
        test, method = a_test(), self.measured(0.0)
        found = statistics.summarize(test, method)
        sizes = np.array([30, 20, 10])
        overall = float((method.recalls.mean(axis=0) * sizes).sum() / 60)
        assert found["chance_variance"] == pytest.approx(chance_variance(overall, sizes))
        rates = [np.mean(some_scores(seed).nonfaces >= 0) for seed in (3, 4, 5, 6)]
        assert found["fixed_threshold_fpr"]["mean"] == pytest.approx(np.mean(rates))
        low, high = found["worst"]["interval"]
        assert low < found["worst"]["mean"] < high


class TestSkinTone:
    def test_known_colours(self):
        # (198, 134, 66) has X, Y, Z = 0.345, 0.294, 0.084 of white: L* = 61.2, b* = 45.6, atan(11.2 / 45.6).
        pictures = np.empty((2, 64, 64, 3), np.uint8)
        pictures[0], pictures[1] = (198, 134, 66), (60, 40, 30)
        angles = skin_tone.ita(pictures)
        assert angles[0] == pytest.approx(13.8, abs=0.1)
        assert angles[1] < -60
        assert [skin_tone.CLASSES[code] for code in skin_tone.classes(angles)] == ["tan", "dark"]

    def test_only_the_middle_of_the_face_counts(self):
        pictures = np.zeros((1, 64, 64, 3), np.uint8)
        pictures[:, 25:39, 17:47] = (198, 134, 66)
        assert skin_tone.ita(pictures)[0] == pytest.approx(13.8, abs=0.1)

    def test_ends_of_the_classes(self):
        angles = np.array([60.0, 55.0, 54.9, 28.0, 27.9, 10.0, 9.9, -30.0, -30.1])
        names = [skin_tone.CLASSES[code] for code in skin_tone.classes(angles)]
        assert names == [
            "very light", "very light", "light", "intermediate", "tan", "tan", "brown", "brown", "dark"
        ]  # fmt: skip


class TestPoorerSets:
    @pytest.fixture
    def original(self, tmp_path):
        """100 training faces, 40 of them dark, 10 to validate with, 10 to test, 20 non-faces."""
        path = tmp_path / "celeba.h5"
        codes = np.array([5] * 20 + [4] * 20 + [1] * 60 + [5] * 5 + [0] * 5 + [5] * 10)
        splits = np.array([0] * 100 + [1] * 10 + [2] * 10)
        with FaceFileWriter(path, 140, 64, {"skin_tone": skin_tone.CLASSES}, ["drawn"]) as writer:
            for label, codes_, splits_ in ((1, codes, splits), (0, np.full(20, -1), np.zeros(20))):
                size = len(codes_)
                names, unknown = [f"{label}/{i}.png" for i in range(size)], np.full(size, -1)
                writer.append(
                    np.zeros((size, 64, 64, 3), np.uint8),
                    np.full(size, label),
                    {"skin_tone": codes_},
                    0,
                    names,
                    splits_,
                    unknown,
                )
        return path

    def test_so_many_of_the_training_faces_are_dark_and_nothing_else_changes(self, original, tmp_path):
        data = study_data.StudyData(tmp_path, tmp_path)
        poorer = FaceDataset(data.train("celeba-dark-0.1"))
        whole = FaceDataset(original)
        used = (poorer.labels[:, 0] == 1) & (poorer.split != 2)
        is_dark = poorer.attribute("skin_tone").codes[used] >= 4
        # 65 light faces to train and validate with: 7 dark ones are 9.7%, the nearest to 10%.
        assert (is_dark.sum(), (~is_dark).sum()) == (7, 65)
        changed = poorer.split != whole.split
        assert set(poorer.split[changed]) == {2} and changed.sum() == 45 - 7
        assert np.all(whole.attribute("skin_tone").codes[changed] >= 4)

    def test_a_file_is_made_once(self, original, tmp_path):
        data = study_data.StudyData(tmp_path, tmp_path)
        path = data.train("celeba-dark-0.1")
        before = path.stat().st_mtime_ns
        assert data.train("celeba-dark-0.1").stat().st_mtime_ns == before
        with h5py.File(path) as file:
            assert "skin_tone" in file["attributes"]


class TestRuns:
    def test_every_method_is_something_that_can_be_trained(self):
        for method in {**study_methods.METHODS, **study_methods.POORER}.values():
            settings = dict(method.settings)
            if protected := settings.pop("protected", None):
                settings["protected"] = protected.split(",")
            TrainConfig("faces.h5", **settings).validate()
        named = {
            study_methods.REFERENCE,
            study_methods.MATCHED,
            study_methods.DEBIASED,
            study_methods.DEFAULT,
        }
        assert named <= study_methods.METHODS.keys()

    def test_seeds_come_one_after_the_other_and_interrupted_runs_are_resumed(self, tmp_path):
        runs = study_runs.runs_of(
            {"a": study_methods.METHODS["cnn"], "b": study_methods.METHODS["cnn-matched"]}, range(2), tmp_path
        )
        assert [(run.name, run.seed) for run in runs] == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]
        command = runs[3].command(tmp_path / "faces.h5")
        assert {"--seed=1", f"--width={study_methods.MATCHED_WIDTH}"} <= set(command)
        assert "--resume" not in command
        runs[3].folder.mkdir(parents=True)
        (runs[3].folder / "config.json").touch()
        assert "--resume" in runs[3].command(tmp_path / "faces.h5")
        assert not runs[3].is_finished
        (runs[3].folder / "run.json").touch()
        assert runs[3].is_finished

    def test_the_cost_is_the_sum_of_the_epochs(self, tmp_path):
        (tmp_path / "metrics.csv").write_text("epoch,seconds\n1,10.5\n2,9.5\n")
        run = study_runs.Run("cnn", study_methods.METHODS["cnn"], 0, tmp_path)
        assert run.seconds() == 20.0

    def test_a_failed_run_is_named_with_its_last_words(self, tmp_path):
        run = study_runs.Run("cnn", study_methods.METHODS["cnn"], 0, tmp_path / "seed-0")
        (tmp_path / "seed-0.log").write_text("epoch 1\nerror: the disk is full\n")
        with pytest.raises(study_runs.InputError, match=r"seed-0.log: training failed: .*the disk is full"):
            study_runs._check(run, types.SimpleNamespace(returncode=1))
