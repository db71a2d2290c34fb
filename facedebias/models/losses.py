"""Losses per example; whoever trains reduces them."""

import tensorflow as tf


def classification(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Cross entropy of the label under sigmoid(logit), in nats.

    Args:
        labels: float32 `(batch,)`, 1 or 0.
        logits: float32 `(batch,)`.

    Returns:
        float32 `(batch,)`.
    """
    return tf.nn.sigmoid_cross_entropy_with_logits(labels, logits)


def reconstruction(pixels: tf.Tensor, reconstructed: tf.Tensor) -> tf.Tensor:
    """Mean absolute difference over a picture's pixels (L1, as in the lab).

    Args:
        pixels: float32 `(batch, height, width, 3)` in [0, 1].
        reconstructed: likewise, not clipped.

    Returns:
        float32 `(batch,)`.
    """
    return tf.reduce_mean(tf.abs(pixels - reconstructed), axis=(1, 2, 3))


def kl_divergence(z_mean: tf.Tensor, z_log_var: tf.Tensor) -> tf.Tensor:
    """KL(N(z_mean, exp(z_log_var)) || N(0, 1)), summed over the latents, in nats.

    Kingma and Welling 2014, appendix B: 1/2 sum_j (exp(s_j) + m_j^2 - 1 - s_j), s the log
    variance (what the lab calls `z_logsigma`).

    Args:
        z_mean: float32 `(batch, latent_dim)`.
        z_log_var: likewise.

    Returns:
        float32 `(batch,)`.
    """
    return 0.5 * tf.reduce_sum(tf.exp(z_log_var) + tf.square(z_mean) - 1.0 - z_log_var, axis=1)
