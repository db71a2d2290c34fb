import numpy as np
import tensorflow as tf
from scipy import integrate, stats

from facedebias.models import losses


def test_classification_by_hand():
    # Logit ln 3 is a probability of 3/4: -ln(3/4) for a face, -ln(1/4) for a non-face.
    logits = tf.fill([2], tf.constant(np.log(3.0), tf.float32))
    found = losses.classification(tf.constant([1.0, 0.0]), logits)
    np.testing.assert_allclose(found, [-np.log(0.75), -np.log(0.25)], rtol=1e-6)


def test_reconstruction_is_the_mean_distance_of_each_picture():
    pixels = tf.zeros([2, 4, 4, 3])
    rebuilt = tf.stack([tf.fill([4, 4, 3], 0.5), tf.fill([4, 4, 3], -0.25)])
    np.testing.assert_allclose(losses.reconstruction(pixels, rebuilt), [0.5, 0.25])


def test_kl_divergence_equals_its_integral():
    mean, deviation = 0.7, 0.4

    def integrand(z):
        p, q = stats.norm(mean, deviation).pdf(z), stats.norm().pdf(z)
        return p * np.log(p / q)

    expected, _ = integrate.quad(integrand, mean - 4, mean + 4)
    z_log_var = tf.constant([[2 * np.log(deviation)]], tf.float32)
    found = losses.kl_divergence(tf.constant([[mean]], tf.float32), z_log_var)
    np.testing.assert_allclose(found, [expected], rtol=1e-5)


def test_kl_divergence_sums_over_latents():
    found = losses.kl_divergence(tf.constant([[1.0, 2.0], [0.0, 0.0]]), tf.zeros([2, 2]))
    np.testing.assert_allclose(found, [0.5 + 2.0, 0.0])
