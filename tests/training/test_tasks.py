"""What is learned of a file, on which rows, in which batches."""

from collections import Counter

import numpy as np
import pytest
import tensorflow as tf

from facedebias.data.face_file import FaceDataset
from facedebias.data.face_writer import FaceFileWriter
from facedebias.errors import InputError
from facedebias.training.strata import build_strata
from facedebias.training.tasks import open_task
from tests.training.runs import configured

NUM_PEOPLE, PICTURES_EACH = 50, 4


def cells_of(task, rows):
    """Group and label of rows as one number."""
    return 2 * task.groups[rows] + task.labels[rows]


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """200 faces of 50 people, and 10 non-faces. Of a person's four pictures the first two smile,
    unless the person is a man (every second one): then only the first does. One face is unknown.
    """
    path = tmp_path_factory.mktemp("people") / "people.h5"
    num_faces = NUM_PEOPLE * PICTURES_EACH
    person, picture = np.divmod(np.arange(num_faces), PICTURES_EACH)
    is_male = person % 2
    smiles = (picture < 2 - is_male).astype(int)
    smiles[-1] = -1
    values = {"Smiling": ("no", "yes"), "Male": ("no", "yes"), "age": ("old", "young")}
    with FaceFileWriter(path, num_faces + 10, 16, values, ["drawn"]) as writer:
        for label, size, codes in (
            (1, num_faces, {"Smiling": smiles, "Male": is_male, "age": person % 5 % 2}),
            (0, 10, {name: np.full(10, -1) for name in values}),
        ):
            names = [f"{label}/{i}.png" for i in range(size)]
            identity = person if label else np.full(size, -1)
            writer.append(
                np.zeros((size, 16, 16, 3), np.uint8), np.full(size, label), codes, 0, names,
                np.full(size, -1), identity,
            )  # fmt: skip
    return FaceDataset(path)


def opened(dataset, **options):
    config = configured(validation_fraction=0.2, **options)
    return config, open_task(config, dataset)


def drawn(config, task, num_batches=400):
    """Rows of the file that batches hold, as the samplers begin."""
    found = []
    for stratum in build_strata(config, task):
        for number in range(num_batches):
            places = stratum.sampler.draw(tf.constant(number, tf.int64), stratum.count)
            found.append(stratum.rows[places.numpy()])
    return np.concatenate(found)


class TestTask:
    def test_an_attribute_divides_the_faces_that_have_it_known(self, people):
        _, task = opened(people, target="Smiling")
        rows = task.rows
        used = np.concatenate(
            [
                rows.train_positives,
                rows.train_negatives,
                rows.validation_positives,
                rows.validation_negatives,
            ]
        )
        assert sorted(used) == list(range(199))  # not the unknown one, and no non-face
        smiles = people.attribute("Smiling").codes
        assert np.all(smiles[rows.train_positives] == 1) and np.all(smiles[rows.validation_negatives] == 0)
        np.testing.assert_array_equal(task.labels[used], smiles[used])
        assert not task.is_detection

    def test_nobody_is_on_both_sides_with_whatever_label(self, people):
        _, task = opened(people, target="Smiling")
        train = set(people.identity[task.sampled_rows].tolist())
        held_out = set(people.identity[task.validation_faces].tolist())
        assert not train & held_out
        assert len(held_out) == 10  # a fifth of the people

    def test_faces_against_non_faces_are_as_before(self, tiny_file):
        dataset = FaceDataset(tiny_file)
        config, task = opened(dataset)
        faces, nonfaces = build_strata(config, task)
        assert (faces.count, nonfaces.count) == (32, 32)
        np.testing.assert_array_equal(task.sampled_rows, task.rows.train_positives)
        np.testing.assert_array_equal(task.labels, dataset.labels[:, 0])

    def test_groups_are_the_combinations_of_the_attributes(self, people):
        _, task = opened(people, target="Smiling", sampler="group", groups=("Male", "age"))
        rows = task.sampled_rows
        male, age = (people.attribute(name).codes[rows] for name in ("Male", "age"))
        assert task.num_groups == 4
        np.testing.assert_array_equal(task.groups[rows], 2 * male + age)
        np.testing.assert_array_equal(
            cells_of(task, rows), 2 * (2 * male + age) + people.attribute("Smiling").codes[rows]
        )
        assert np.all(np.delete(task.groups, rows) == -1)

    def test_groups_can_be_asked_for_within_one_label(self, people):
        _, task = opened(people, target="Smiling", sampler="group", groups=("Male",))
        for label, code in (("positive", 1), ("negative", 0)):
            has = (task.labels == code) & (task.groups >= 0)
            assert 0 < has.sum() < (task.groups >= 0).sum()
            np.testing.assert_array_equal(task.groups_within(label)[has], task.groups[has])
            assert np.all(task.groups_within(label)[~has] == -1)
        np.testing.assert_array_equal(task.groups_within("all"), task.groups)

    def test_what_the_file_lacks_is_named(self, people):
        with pytest.raises(InputError, match="no attribute 'Smirking'"):
            opened(people, target="Smirking")
        with pytest.raises(InputError, match="--target age=old"):
            opened(people, target="age")


class TestBatches:
    """Of the 160 or so training faces 3/8 smile: half of the women's pictures, a quarter of the men's."""

    def test_classes_are_as_common_as_they_are(self, people):
        config, task = opened(people, target="Smiling")
        share = len(task.rows.train_positives) / len(task.sampled_rows)
        assert task.labels[drawn(config, task)].mean() == pytest.approx(share, abs=1 / 64)

    def test_balancing_can_be_asked_for_among_positives_only(self, people):
        config, task = opened(
            people, target="Smiling", sampler="balanced", groups=("Male",), among="positive"
        )
        rows = drawn(config, task)
        is_positive, is_male = task.labels[rows] == 1, people.attribute("Male").codes[rows] == 1
        known, male = task.labels[task.sampled_rows], people.attribute("Male").codes[task.sampled_rows]
        assert is_positive.mean() == pytest.approx(known.mean(), abs=1 / 64)  # as common as they are
        assert is_male[is_positive].mean() == pytest.approx(0.5, abs=0.05)
        assert male[known == 1].mean() < 0.4
        assert is_male[~is_positive].mean() == pytest.approx(male[known == 0].mean(), abs=0.05)

    def test_reweighing_makes_the_target_independent_of_the_group(self, people):
        """Kamiran and Calders 2012: P(g) P(y) / P(g, y), worked out here from the counts."""
        config, task = opened(people, target="Smiling", sampler="group", groups=("Male",))
        male, smiles = people.attribute("Male").codes, people.attribute("Smiling").codes
        rows = task.sampled_rows
        found = drawn(config, task)
        counts, num_drawn = Counter(zip(male[found], smiles[found], strict=True)), len(found)
        for group in (0, 1):
            for label in (0, 1):
                is_group, is_label = male[rows] == group, smiles[rows] == label
                # A batch has whole pictures of each class: 24 of 64 are 3/8 but for the rounding.
                expected = is_group.mean() * round(is_label.mean() * 64) / 64
                assert counts[group, label] / num_drawn == pytest.approx(expected, abs=0.012)

    def test_reweighing_gives_the_weights_of_aif360(self, tmp_path):
        """Made with AIF360 0.6.1 on a table of the rows below:

        data = BinaryLabelDataset(df=table, label_names=["attractive"],
                                  protected_attribute_names=["male"])
        Reweighing([{"male": 1}], [{"male": 0}]).fit_transform(data).instance_weights
        """
        weights = {(0, 0): 1.5625, (0, 1): 0.7589285714285714, (1, 0): 0.625, (1, 1): 2.125}
        sizes = {(0, 0): 30, (0, 1): 70, (1, 0): 45, (1, 1): 15}
        rows = [cell for cell, size in sizes.items() for _ in range(size)]
        # One more of each to validate with. Of 64 in a batch 34 are attractive, exactly as of 160.
        cells = np.array([*rows, *sizes])
        path, num_rows = tmp_path / "faces.h5", len(cells)
        values = {"male": ("no", "yes"), "attractive": ("no", "yes")}
        with FaceFileWriter(path, num_rows, 16, values, ["drawn"]) as writer:
            writer.append(
                np.zeros((num_rows, 16, 16, 3), np.uint8), np.ones(num_rows),
                {"male": cells[:, 0], "attractive": cells[:, 1]}, 0, [f"{i}.png" for i in range(num_rows)],
                np.where(np.arange(num_rows) < 160, 0, 1), np.full(num_rows, -1),
            )  # fmt: skip
        config, task = opened(FaceDataset(path), target="attractive", sampler="group", groups=("male",))
        for stratum in build_strata(config, task):
            times = 160 * stratum.count / 64 * stratum.sampler.probabilities()
            expected = [weights[tuple(cells[row])] for row in stratum.rows]
            np.testing.assert_allclose(times, expected)

    @pytest.mark.parametrize("sampler", ["balanced", "group_dro", "subsample"])
    def test_each_group_and_label_as_often_as_any_other(self, people, sampler):
        """Of 25,600 draws a quarter each, within 4 standard errors of 0.27 points."""
        config, task = opened(people, target="Smiling", sampler=sampler, groups=("Male",))
        cells = cells_of(task, drawn(config, task))
        np.testing.assert_allclose(np.bincount(cells) / len(cells), 0.25, atol=0.011)

    def test_subsampling_keeps_as_many_of_each_as_the_rarest_has(self, people):
        config, task = opened(people, target="Smiling", sampler="subsample", groups=("Male",))
        (stratum,) = build_strata(config, task)
        smallest = np.bincount(cells_of(task, task.sampled_rows)).min()
        assert np.bincount(cells_of(task, stratum.rows)).tolist() == [smallest] * 4
        assert set(stratum.rows) <= set(task.sampled_rows)

    def test_by_loss_both_classes_are_drawn_from_together(self, people):
        config, task = opened(people, target="Smiling", sampler="loss")
        (stratum,) = build_strata(config, task)
        assert stratum.count == 64 and len(stratum.rows) == len(task.sampled_rows)

    def test_latents_are_looked_at_within_each_class(self, people):
        config, task = opened(people, target="Smiling", model="dbvae")
        positives, negatives = build_strata(config, task)
        assert positives.count + negatives.count == 64
        assert positives.sampler.num_rows == len(task.rows.train_positives)
        assert negatives.sampler.num_rows == len(task.rows.train_negatives)
