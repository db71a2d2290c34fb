"""What `study_variants` can change, by name."""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from benchmarks.rarity import ESTIMATES, Known, sharpened
from benchmarks.variant_models import EdgeDBVAE, FreeBitsDBVAE, MiddleDBVAE, PerceptualDBVAE
from facedebias.models.dbvae import DBVAE
from facedebias.sampling.epoch import EpochLatentSampler
from facedebias.training import build, run, strata, trainer

# Of a running mean with momentum 0.99, 5% are left of what it was before.
_STATISTICS_BATCHES = 300


def _with_model(model: type[DBVAE]) -> Callable[[], None]:
    def install() -> None:
        build.MODELS["dbvae"] = model

    return install


def _with_density(name: str) -> Callable[[], None]:
    """Weighs faces once an epoch by an estimate of `rarity`, sharpened to half of the faces."""

    class Sampler(EpochLatentSampler):
        def recompute(self, latents: np.ndarray) -> None:
            # What `encode` below put side by side: 512 features and parts, a logit at the end.
            own, features, parts, logits = np.split(latents, [-1025, -513, -1], axis=1)
            rarity = ESTIMATES[name](Known(own, features, parts, logits[:, 0]))
            self.log_weights.assign(np.log(sharpened(rarity)).astype(np.float32))
            self.is_weighed.assign(True)

    class Trainer(trainer.Trainer):
        @tf.function(reduce_retracing=True)
        def _encode(self, images: tf.Tensor) -> tf.Tensor:
            encoder = self.model.encoder
            features = encoder.features(self.model.pixels_of(images))
            outputs, parts = encoder.head(features), features * encoder.head.kernel.value[:, 0]
            latents = outputs[:, 1 : 1 + self.model.latent_dim]
            return tf.concat([latents, features, parts, outputs[:, :1]], axis=1)

    def install() -> None:
        strata.EpochLatentSampler = Sampler  # type: ignore[misc]
        run.Trainer = Trainer  # type: ignore[misc]

    return install


class AveragingTrainer(trainer.Trainer):
    """Ends with the mean of the weights it had in the last quarter of the steps.

    P. Izmailov et al., Averaging Weights Leads to Wider Optima and Better Generalization, UAI 2018.
    Batch statistics are taken anew: those of the last weights do not fit their mean. A run that is
    resumed in the last quarter averages what is left of it.
    """

    _num_averaged = 0
    _averaged: Sequence[np.ndarray] = ()

    def run(self, num_steps: int) -> dict[str, float]:
        """Takes steps; after the last one the weights are the mean."""
        means = super().run(num_steps)
        if self.step > 0.75 * self.num_steps:
            values = [variable.numpy() for variable in self.model.trainable_variables]
            before = self._averaged if self._num_averaged else values
            share = 1.0 / (self._num_averaged + 1)
            self._averaged = [old + share * (new - old) for old, new in zip(before, values, strict=True)]
            self._num_averaged += 1
        if self.step == self.num_steps:
            for variable, value in zip(self.model.trainable_variables, self._averaged, strict=True):
                variable.assign(value)
            self._take_statistics(self._iterator, tf.constant(_STATISTICS_BATCHES))
        return means

    @tf.function
    def _take_statistics(self, iterator: tf.data.Iterator, num_batches: tf.Tensor) -> None:
        step = tf.identity(self.model.optimizer.iterations.value)
        for number in tf.range(num_batches):
            _, images, labels, _ = next(iterator)
            ahead = step + tf.cast(number, step.dtype)
            pixels = self.model.augmented(images, labels, ahead)
            noise_key = tf.stack([ahead, tf.constant(0, ahead.dtype)])
            self.model.example_losses(pixels, labels, noise_key, self._num_rebuilt, training=True)
            with tf.device("/CPU:0"):
                self.queue.draw_ahead(ahead)


def _average() -> None:
    run.Trainer = AveragingTrainer  # type: ignore[misc]


VARIANTS: dict[str, Callable[[], None]] = {
    "middle": _with_model(MiddleDBVAE),
    "edges": _with_model(EdgeDBVAE),
    "perceptual": _with_model(PerceptualDBVAE),
    "free bits": _with_model(FreeBitsDBVAE),
    "averaged weights": _average,
    **{name: _with_density(name) for name in ESTIMATES},
}
