"""The latent sampler as a contestant, without model and pictures."""

import numpy as np
import tensorflow as tf

from benchmarks.training.own_training import see_all_faces
from facedebias import machine
from facedebias.sampling.latent import LatentSampler
from facedebias.sampling.stratified import StratifiedSampler, Stratum
from facedebias.sampling.uniform import UniformSampler


class SamplerAlone:
    """Draws a batch, half faces by weight, and enters latents, many steps to a call.

    Args:
        num_rows: faces and non-faces together.
        latent_dim: latents of a face.
        batch_size: pictures in a batch.
    """

    def __init__(self, num_rows: int, latent_dim: int, batch_size: int):
        machine.one_shard_per_core()
        half, num_faces = batch_size // 2, num_rows // 2
        faces = LatentSampler(num_faces, latent_dim)
        see_all_faces(faces)
        rows = np.arange(num_faces)
        self._sampler = StratifiedSampler(
            [Stratum(rows, faces, half), Stratum(rows, UniformSampler(num_faces), half)]
        )
        self._latents = tf.random.stateless_normal([half, latent_dim], [1, 2])

    @tf.function
    def _run(self, num_steps: tf.Tensor) -> tf.Tensor:
        total = tf.constant(0, tf.int64)
        for step in tf.range(num_steps):
            indices = self._sampler.draw(tf.cast(step, tf.int64))
            # New latents each time, for the price of an addition.
            self._sampler.update(indices, self._latents + 1e-3 * tf.cast(step % 7, tf.float32))
            total += tf.reduce_sum(self._sampler.file_rows(indices))
        return total

    def run(self, num_steps: int) -> None:
        """Takes steps."""
        self._run(tf.constant(num_steps)).numpy()
