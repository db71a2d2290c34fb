"""The debiasing variational autoencoder (Amini et al. 2019)."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from facedebias.models import ORIGINAL, SEEN, losses, networks
from facedebias.models.augmentation import USUAL_LIGHT, normalize
from facedebias.models.face_model import FaceModel, StepResult
from facedebias.models.sharding import in_shards
from facedebias.randomness import Places


@keras.saving.register_keras_serializable(package="facedebias")
class DBVAE(FaceModel):
    """A classifier whose encoder also learns what makes faces differ.

    The encoder gives a logit and, for faces (see `rebuilds_all`), a normal distribution over latents
    from which the decoder rebuilds the picture. The latents of a training batch are what a
    `LatentSampler` looks at.

        loss(x, y) = cross_entropy(y, logit) + y * (L1(x, decode(z)) + kl_weight * KL)

    Args:
        image_shape: height, width, 3.
        latent_dim: latents of a face.
        kl_weight: of the divergence from N(0, 1).
        width: filters of the first convolution.
        rebuilds_all: whether negatives are rebuilt, too: where all pictures are faces and the
            label is an attribute of theirs.
        reconstruct: what the decoder rebuilds. "original": the picture as it was given, so that the
            latents need not tell how augmentation changed it. "seen": what the network saw of it.
        depth: convolutions of the encoder at each size of the picture, 1 as in the lab.
        kwargs: of `FaceModel`.
    """

    term_names = ("loss", "classification", "reconstruction", "kl")

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int = 100,
        kl_weight: float = 0.0005,
        width: int = 12,
        rebuilds_all: bool = False,
        reconstruct: str = ORIGINAL,
        depth: int = 1,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.image_shape, self.width, self.depth = tuple(image_shape), width, depth
        self.latent_dim, self.kl_weight, self._rebuilds_all = latent_dim, kl_weight, rebuilds_all
        self._rebuilds_original = reconstruct == ORIGINAL
        num_outputs = 1 + 2 * latent_dim
        self.encoder = networks.Encoder(image_shape, num_outputs, width, self.seed, self.num_shards, depth)
        self.decoder = networks.Decoder(image_shape, latent_dim, width, self.seed + 1, self.num_shards)
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this model again, without its weights."""
        return super().get_config() | {
            "image_shape": list(self.image_shape),
            "latent_dim": self.latent_dim,
            "kl_weight": self.kl_weight,
            "width": self.width,
            "depth": self.depth,
            "rebuilds_all": self._rebuilds_all,
            "reconstruct": ORIGINAL if self._rebuilds_original else SEEN,
        }

    def term_sizes(self, labels: tf.Tensor) -> list[tf.Tensor]:
        """As in `FitSteps`: the terms of the VAE are means over the pictures that are rebuilt."""
        size = tf.cast(tf.size(labels), tf.float32)
        num_rebuilt = size if self._rebuilds_all else tf.reduce_sum(labels)
        return [size, size, num_rebuilt, num_rebuilt]

    @property
    def classifying_network(self) -> networks.Encoder:
        """The encoder."""
        return self.encoder

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Logits, float32 `(batch,)`, of pictures uint8 `(batch, height, width, 3)`."""
        return self._encode(self.pixels_of(images), training)[0]

    def encode(self, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Mean and log variance of the latents, float32 `(batch, latent_dim)` each.

        Args:
            images: uint8 `(batch, height, width, 3)`.
        """
        return self._encode(self.pixels_of(images), training=False)[1:]

    def decode(self, latents: tf.Tensor) -> tf.Tensor:
        """Pictures of latents `(batch, latent_dim)`: float32 `(batch, height, width, 3)` in [0, 1].

        Of a standardized model that rebuilds what it saw they are all equally light.
        """
        pixels = self.decoder(latents, training=False)
        is_lightless = self._standardize and not self._rebuilds_original
        return tf.clip_by_value(pixels + USUAL_LIGHT if is_lightless else pixels, 0.0, 1.0)

    def reconstruct(self, images: tf.Tensor) -> tf.Tensor:
        """What is left of pictures after encoding and decoding their mean latents, in [0, 1]."""
        return self.decode(self.encode(images)[0])

    def signatures(self) -> dict[str, Callable[[tf.Tensor], dict[str, tf.Tensor]]]:
        """`encode` besides, which gives `latents`, the means."""
        return {**super().signatures(), "encode": lambda images: {"latents": self.encode(images)[0]}}

    def pictures(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """The pictures as they are rebuilt, float32 in [0, 1]."""
        return {"reconstructed": self.reconstruct(images).numpy()}

    def generate(self, num_faces: int, seed: int = 0) -> tf.Tensor:
        """Faces that nobody has: decoded draws from N(0, 1), as `decode` returns them."""
        return self.decode(tf.random.stateless_normal([num_faces, self.latent_dim], [seed, 0]))

    def example_losses(
        self,
        pixels: tf.Tensor,
        images: tf.Tensor,
        labels: tf.Tensor,
        noise_key: tf.Tensor,
        num_faces: int | None,
        training: bool,
        places: Places | None = None,
    ) -> StepResult:
        """The loss above; non-faces are neither decoded nor pulled towards N(0, 1)."""
        logits, z_mean, z_log_var = self._encode(pixels, training)
        faces = slice(num_faces)  # all of them if their number is not known
        z_mean, z_log_var = z_mean[faces], z_log_var[faces]
        noise = _noise(z_mean, noise_key, places)
        # Compared with its pixels packed, which saves putting them in their places.
        rebuilt = self.decoder.packed(z_mean + tf.exp(0.5 * z_log_var) * noise)
        targets = normalize(images[faces]) if self._rebuilds_original else pixels[faces]
        # The mask has the losses' own shape: (batch, 1) would broadcast to (batch, batch) and
        # train the decoder on non-faces.
        is_face = tf.ones_like(labels[faces]) if self._rebuilds_all else labels[faces]
        reconstruction = is_face * in_shards(self.reconstruction_losses, self.num_shards, targets, rebuilt)
        kl = is_face * self.divergences(z_mean, z_log_var)
        of_faces = reconstruction + self.kl_weight * kl
        classification = losses.classification(labels, logits)
        padding = [[0, tf.shape(labels)[0] - tf.shape(of_faces)[0]]]
        example_losses = classification + tf.pad(of_faces, padding)
        share = tf.maximum(tf.reduce_sum(is_face), 1.0)
        terms = tf.stack(
            [
                tf.reduce_mean(example_losses),
                tf.reduce_mean(classification),
                tf.reduce_sum(reconstruction) / share,
                tf.reduce_sum(kl) / share,
            ]
        )
        return StepResult(example_losses, logits, terms, z_mean)

    def reconstruction_losses(self, pixels: tf.Tensor, packed: tf.Tensor) -> tf.Tensor:
        """How far rebuilt faces are off, float32 `(batch,)`.

        Args:
            pixels: float32 `(batch, height, width, 3)`.
            packed: what the decoder made of them, blocks of 2x2 pixels in the channels: float32
                `(batch, height / 2, width / 2, 12)`.
        """
        return losses.reconstruction(tf.nn.space_to_depth(pixels, 2), packed)

    def divergences(self, z_mean: tf.Tensor, z_log_var: tf.Tensor) -> tf.Tensor:
        """How far the latents of faces are from N(0, 1), float32 `(batch,)`; both `(batch, latent_dim)`."""
        return losses.kl_divergence(z_mean, z_log_var)

    def _encode(self, pixels: tf.Tensor, training: bool) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        outputs = self.encoder(pixels, training=training)
        z_mean, z_log_var = tf.split(outputs[:, 1:], 2, axis=1)
        return outputs[:, 0], z_mean, z_log_var


def _noise(latents: tf.Tensor, noise_key: tf.Tensor, places: Places | None) -> tf.Tensor:
    """Standard normal numbers for latents float32 `(n, latent_dim)` of the first pictures at hand."""
    if places is None:
        return tf.random.stateless_normal(tf.shape(latents), noise_key)
    # The first pictures of all replicas are the first of the batch.
    count, latent_dim = latents.shape
    whole = places.batch_size * count // places.own.shape[0]
    return tf.gather(tf.random.stateless_normal([whole, latent_dim], noise_key), places.own[:count])
