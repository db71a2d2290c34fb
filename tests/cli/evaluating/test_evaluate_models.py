"""The models that evaluate.py takes: several, somebody else's, and those with wrong scores."""

import numpy as np
import pytest
import tensorflow as tf

from facedebias.errors import InputError
from facedebias.scoring.foreign import ForeignModels
from tests.cli.evaluating.face_audits import FACES, audit
from tests.scoring.saved_models import level, save, save_own


def test_rest_batch_counts_and_batch_size_changes_nothing(model, data):
    results = [audit(model, data, fpr=0.1, batch_size=size).models[0] for size in (3, 256)]
    counts = [[(g.num_rows, g.num_found) for g in result.groups] for result in results]
    assert counts[0] == counts[1]
    assert results[0].thresholds == results[1].thresholds
    for name, figure in results[0].overall.items():
        # TensorFlow's sigmoid of a float32 hangs in its last bit on where in a batch it stands.
        assert figure.value == pytest.approx(results[1].overall[name].value, abs=1e-6)
    assert results[0].groups[0].num_positives == 7
    levels = sum(FACES.values(), [])
    expected = np.mean(1 / (1 + np.exp(-(np.array(levels) - 100) / 10)))
    assert results[0].groups[0].metrics["mean_score"].value == pytest.approx(expected)


def test_thresholds_for_each_model(model, data):
    # The logit 0 is the level 100; a probability of 0.95257 the logit 3, or the level 130.
    result = audit((model, model), data, thresholds=(0.5, 0.9525741))
    assert [m.groups[0].num_found for m in result.models] == [5, 3]
    assert [m.overall["false_positive_rate"].value for m in result.models] == [0.1, 0.0]
    assert audit((model, model), data, thresholds=(0.5,)).models[1].groups[0].num_found == 5


def test_somebody_elses_model_beside_ones_own(tmp_path, model, data):
    # Of any size, asked with numbers from 0 to 1, of which it gives the mean: the level over 255.
    path = save(
        tmp_path / "other", lambda x: {"a": level(x), "b": -level(x)}, (None, None, 3), tf.float32, "x"
    )
    foreign = ForeignModels(input_range=(0.0, 1.0), output_name="a")
    found = audit((model, f"other={path}"), data, fpr=0.1, groups=("race", "gender"), foreign=foreign)
    own, other = found.models
    assert [(m.name, m.kind) for m in found.models] == [("brightness", "logit"), ("other", "probability")]
    # Both grow with the level, so the same pictures pass: those above the level 90.
    assert [g.num_found for g in own.groups] == [g.num_found for g in other.groups]
    assert other.threshold == pytest.approx(90 / 255)
    assert found.notes[-1].startswith("the kind of scores was taken from their values (other: probability)")
    # Scaled for --input_size, it is asked about 4 x 4 pictures; uniform ones stay what they are.
    foreign = ForeignModels((4, 4), (0.0, 1.0), "a")
    scaled = audit((model, path), data, fpr=0.1, groups=("race", "gender"), foreign=foreign).models[1]
    assert [g.num_found for g in scaled.groups] == [g.num_found for g in other.groups]


def test_flags_for_models_made_elsewhere_are_not_dropped_silently(model, data):
    notes = audit(model, data, foreign=ForeignModels(input_mean=(0.5,)), thresholds=(0.5,)).notes
    assert notes[0].endswith(
        "were not used, as this project's own say by themselves what they take: brightness."
    )


def test_pictures_of_another_size(tmp_path, model, data):
    small = save_own(tmp_path / "small", size=4)
    with pytest.raises(InputError, match="its pictures are 8x8, but the models take 4x4.*--size 4"):
        audit(small, data)
    with pytest.raises(InputError, match="takes pictures of 4x4, but .* of 8x8"):
        audit((model, small), data)


def test_scores_that_are_no_numbers_name_the_row(tmp_path, data):
    broken = save_own(tmp_path / "broken", shift=float("nan"))
    with pytest.raises(InputError, match=r"gives nan for row 0 \(1/0\.png\) of .*test\.h5"):
        audit(broken, data, fpr=0.1)


def test_classes_under_a_rate_name_the_other_outputs(tmp_path, data):
    # Of ten non-faces nine are below the level 95.
    path = save(
        tmp_path / "m",
        lambda x: {"scores": level(x), "classes": tf.cast(level(x) < 95, tf.int64)},
        name="x",
    )
    foreign = ForeignModels(output_name="classes")
    with pytest.raises(InputError, match=r"no threshold sets .* 90\.0% \(9 of 10.*--output_name: 'scores'\."):
        audit(path, data, fpr=0.1, foreign=foreign)
