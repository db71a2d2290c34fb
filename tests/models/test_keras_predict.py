"""What Keras' predict gives, and what fit and predict refuse."""

import numpy as np
import pytest
import tensorflow as tf

from facedebias.errors import InputError
from facedebias.models.classifier import Classifier
from facedebias.models.exported.serving import export
from tests.models.compiled_models import (
    CALM,
    LABELS,
    SHAPE,
    WEIGHTS,
    both,
    classifier,
    dbvae,
    pictures,
)


class TestPredict:
    @pytest.mark.parametrize("options", [{}, {"average_mirrored": True, "standardize": True}])
    @both
    def test_it_gives_what_the_export_gives(self, make, options, tmp_path):
        model = make(**options)
        model.fit(pictures(), LABELS, epochs=3, shuffle=False, **CALM)
        export(model, SHAPE, tmp_path / "export")
        exported = tf.saved_model.load(tmp_path / "export").signatures["serving_default"]
        expected = exported(tf.constant(pictures()))
        found = model.predict(pictures(), verbose=0)
        assert set(found) == set(expected) == {"logits", "probabilities"}
        for name in expected:
            np.testing.assert_array_equal(found[name], expected[name])
            assert found[name].dtype == np.float32 and found[name].shape == (10,)
        # A batch of another size may be added up in another order.
        again = model.predict(pictures(), batch_size=3, verbose=0)
        np.testing.assert_allclose(again["logits"], expected["logits"], rtol=1e-4, atol=1e-5)

    @both
    def test_one_picture_and_none(self, make):
        model = make(average_mirrored=True)
        one = model.predict(pictures(1), verbose=0)
        assert one["logits"].shape == one["probabilities"].shape == (1,)
        none = model.predict(pictures(0), verbose=0)
        assert {name: (values.shape, values.dtype) for name, values in none.items()} == {
            "logits": ((0,), np.float32),
            "probabilities": ((0,), np.float32),
        }

    @pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
    def test_other_numbers_from_0_to_255_are_the_same_pictures(self, dtype):
        model = dbvae()
        expected = model.predict(pictures(), verbose=0)["logits"]
        np.testing.assert_array_equal(model.predict(pictures().astype(dtype), verbose=0)["logits"], expected)

    def test_it_needs_no_compile(self):
        assert Classifier(SHAPE, width=2).predict(pictures(3), verbose=0)["logits"].shape == (3,)


class TestRefused:
    def fit(self, *data, **options):
        return classifier().fit(*data, verbose=0, **options)

    def test_pictures_of_another_shape(self):
        with pytest.raises(InputError, match=r"shape \?x32x32x3; expected batch x 16x16x3. Resize"):
            self.fit(np.zeros((4, 32, 32, 3), np.uint8), np.ones(4))
        with pytest.raises(InputError, match="expected batch x 16x16x3"):
            classifier().predict(np.zeros((4, 16, 16), np.uint8), verbose=0)

    def test_pictures_scaled_to_1(self):
        message = "floats up to 1; expected 0 to 255. Multiply them by 255"
        for ask in (lambda m, x: m.predict(x, verbose=0), lambda m, x: m.fit(x, LABELS, verbose=0)):
            with pytest.raises(tf.errors.InvalidArgumentError, match=message):
                ask(classifier(), pictures() / 255)
        # Black is black on either scale.
        assert classifier().predict(np.zeros((2, *SHAPE)), verbose=0)["logits"].shape == (2,)

    def test_weights_that_are_not_one_a_picture(self):
        with pytest.raises(ValueError, match="(?s)same number of samples.*sample_weight. sizes: 9"):
            self.fit(pictures(), LABELS, sample_weight=np.ones(9))
        with pytest.raises(InputError, match=r"weights of shape \?x2; expected \(batch,\) or \(batch, 1\)"):
            self.fit(pictures(), LABELS, sample_weight=np.ones((10, 2)))
        # One weight for a batch would be broadcast.
        data = tf.data.Dataset.from_tensors((pictures(), LABELS, np.ones(1)))
        with pytest.raises(tf.errors.InvalidArgumentError, match="weights: expected one number for each"):
            self.fit(data, shuffle=False)

    def test_class_weights_under_other_names(self):
        with pytest.raises(InputError, match='class_weight: has the keys "1"; expected the numbers 0'):
            self.fit(pictures(), LABELS, class_weight={0: 1.0, "1": 2.0})
        with pytest.raises(ValueError, match="class_weight. and .sample_weight"):
            self.fit(pictures(), LABELS, class_weight={0: 2.0}, sample_weight=WEIGHTS)

    def test_labels_that_are_missing_or_one_hot(self):
        with pytest.raises(InputError, match="fit: got pictures without labels"):
            self.fit(pictures())
        with pytest.raises(InputError, match=r"labels of shape \?x2"):
            self.fit(pictures(), np.eye(2)[LABELS])

    def test_another_loss(self):
        model = Classifier(SHAPE, width=2)
        model.compile(optimizer="adam", loss="binary_crossentropy", jit_compile=False)
        with pytest.raises(InputError, match=r"compile\(loss=...\): the model has a loss of its own"):
            model.fit(pictures(), LABELS, verbose=0)
