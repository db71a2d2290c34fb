"""What `study_variants` can change, by name."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from benchmarks.rarity import ESTIMATES, Known, sharpened
from benchmarks.variant_models import EdgeDBVAE, FreeBitsDBVAE, MiddleDBVAE, PerceptualDBVAE
from facedebias import models, strata, trainer, training
from facedebias.models.dbvae import DBVAE
from facedebias.sampling import EpochLatentSampler


def _with_model(model: type[DBVAE]) -> Callable[[], None]:
    def install() -> None:
        models.MODELS["dbvae"] = model

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
        strata.EpochLatentSampler = Sampler
        training.Trainer = Trainer

    return install


VARIANTS: dict[str, Callable[[], None]] = {
    "middle": _with_model(MiddleDBVAE),
    "edges": _with_model(EdgeDBVAE),
    "perceptual": _with_model(PerceptualDBVAE),
    "free bits": _with_model(FreeBitsDBVAE),
    **{name: _with_density(name) for name in ESTIMATES},
}
