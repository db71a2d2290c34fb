"""DB-VAEs that rebuild something else, or pay for their latents in another way."""

from typing import Any

import tensorflow as tf

from facedebias.models import losses
from facedebias.models.dbvae import DBVAE
from facedebias.models.networks import Encoder

FREE_BITS = 0.05  # nats a latent


class MiddleDBVAE(DBVAE):
    """Rebuilds the face's middle only: no background to know of, and less hair."""

    def reconstruction_losses(self, pixels: tf.Tensor, packed: tf.Tensor) -> tf.Tensor:
        """Of rows 16 to 56 and columns 12 to 52 of 64."""
        height, width = packed.shape[1:3]
        rows, columns = slice(height // 4, height * 7 // 8), slice(width * 3 // 16, width * 13 // 16)
        targets = tf.nn.space_to_depth(pixels, 2)[:, rows, columns]
        return losses.reconstruction(targets, packed[:, rows, columns])


class EdgeDBVAE(DBVAE):
    """Rebuilds what differs from scale to scale, as the eye does, not light and background.

    The L1 distance of Laplacian pyramids (P. Bojanowski et al., Optimizing the Latent Space of
    Generative Networks, ICML 2018), all levels alike and without the coarsest.
    """

    def reconstruction_losses(self, pixels: tf.Tensor, packed: tf.Tensor) -> tf.Tensor:
        """Mean over levels."""
        difference, total, levels = pixels - tf.nn.depth_to_space(packed, 2), 0.0, 3
        for _level in range(levels):
            coarse = tf.nn.avg_pool2d(difference, 2, 2, "VALID")
            spread = tf.repeat(tf.repeat(coarse, 2, axis=1), 2, axis=2)
            total += tf.reduce_mean(tf.abs(difference - spread), axis=(1, 2, 3))
            difference = coarse
        return total


class PerceptualDBVAE(DBVAE):
    """Rebuilds what two layers of convolutions see, with fixed random weights.

    J. Johnson, A. Alahi, L. Fei-Fei, Perceptual Losses for Real-Time Style Transfer, ECCV 2016;
    without a pretrained network here: random convolutions keep texture and place (K. He, Y. Wang,
    J. Hopcroft, A Powerful Generative Model Using Random Weights, NeurIPS 2016).
    """

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        judge = Encoder((64, 64, 3), 1, 12, seed=12345)
        # Constants: no gradient, no place in checkpoints.
        self._kernels = [tf.constant(layer.kernel.numpy()) for layer in judge.convolutions[:2]]

    def reconstruction_losses(self, pixels: tf.Tensor, packed: tf.Tensor) -> tf.Tensor:
        """Pixels, and both layers, each in units of what the layer sees in the picture."""
        mine, theirs = pixels, tf.nn.depth_to_space(packed, 2)
        total = 0.3 * losses.reconstruction(mine, theirs)
        for kernel in self._kernels:
            mine, theirs = (tf.nn.relu(tf.nn.conv2d(x, kernel, 2, "SAME")) for x in (mine, theirs))
            unit = tf.reduce_mean(tf.abs(mine), axis=(1, 2, 3)) + 1e-3
            total += 0.1 * tf.reduce_mean(tf.abs(mine - theirs), axis=(1, 2, 3)) / unit
        return total


class FreeBitsDBVAE(DBVAE):
    """Pays for a latent only beyond so many nats (D. Kingma et al., NeurIPS 2016, section 6.2)."""

    def divergences(self, z_mean: tf.Tensor, z_log_var: tf.Tensor) -> tf.Tensor:
        """Of each latent the mean over the batch, at least `FREE_BITS`."""
        of_latents = 0.5 * (tf.exp(z_log_var) + tf.square(z_mean) - 1.0 - z_log_var)
        paid = tf.maximum(tf.reduce_mean(of_latents, axis=0), FREE_BITS)
        return tf.fill(tf.shape(z_mean)[:1], tf.reduce_sum(paid))
