"""What tests of samplers share: tensors, a reference of the weights, and a sampler that saw everything."""

import numpy as np
import tensorflow as tf


def step(number):
    return tf.constant(number, tf.int64)


def rows(*numbers):
    return tf.constant(numbers, tf.int64)


def reference_log_weights(bins, num_bins, rule, alpha, temperature=5.0):
    """The rule of Amini et al. 2019 over all faces at once, in plain loops."""
    num_faces, latent_dim = bins.shape
    log_weights = np.zeros(num_faces)
    for face in range(num_faces):
        rarities = []
        for latent in range(latent_dim):
            share = np.mean(bins[:, latent] == bins[face, latent])
            rarities.append(-np.log(share + alpha))
        log_weights[face] = {
            "max": max(rarities),
            "product": sum(rarities),
            "mean": temperature * sum(rarities) / latent_dim,
        }[rule]
    return log_weights


def refreshed(sampler, latents):
    """Enters the latents often enough that every weight follows the final histograms."""
    for _ in range(3 * sampler._weights.num_blocks):
        sampler.update(tf.range(len(latents), dtype=tf.int64), tf.constant(latents, tf.float32))
    return sampler


def weights_of(sampler):
    return sampler.log_weights.numpy().reshape(-1)[: sampler.num_rows]
