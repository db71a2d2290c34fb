"""The training step and the loop around it, as one graph."""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from facedebias import models
from facedebias.config import TrainConfig
from facedebias.data.face_file import FaceDataset
from facedebias.data.pipeline import DrawQueue, sequential_batches
from facedebias.data.splitting import TrainingRows
from facedebias.errors import InputError
from facedebias.models.adam import FusedAdam
from facedebias.sampling import (
    EpochLatentSampler,
    GroupSampler,
    LatentSampler,
    LossSampler,
    Sampler,
    StratifiedSampler,
    Stratum,
    UniformSampler,
)
from facedebias.sharding import in_shards

_ENCODED_AT_ONCE = 256


class Trainer(tf.Module):
    """A model, the samplers that fill its batches, and the step that moves both.

    Args:
        config: of the run.
        dataset: the face file.
        rows: which of its rows to train on.
        num_shards: parts of a batch that are worked on side by side, see `sharding`.
    """

    def __init__(self, config: TrainConfig, dataset: FaceDataset, rows: TrainingRows, num_shards: int = 1):
        super().__init__()
        self.num_faces = config.batch_size // 2
        # A pass over the faces; half of a batch are faces.
        self.steps_per_epoch = max(1, len(rows.train_faces) // self.num_faces)
        self.num_steps = config.epochs * self.steps_per_epoch
        self.model = models.build(config, dataset.image_shape, num_shards)
        # Keras would turn XLA on where there is a GPU, and XLA refuses the sampler's state,
        # which lives on the host.
        self.model.compile(optimizer=_optimizer(config, self.num_steps), jit_compile=False)
        self.model.optimizer.build(self.model.trainable_variables)
        with tf.device("/CPU:0"):
            self.face_sampler = _face_sampler(config, dataset, rows.train_faces)
            nonfaces = _nonface_sampler(config, len(rows.train_nonfaces))
            self.sampler = StratifiedSampler(
                [
                    Stratum(rows.train_faces, self.face_sampler, self.num_faces),
                    Stratum(rows.train_nonfaces, nonfaces, config.batch_size - self.num_faces),
                ]
            )
            self.queue = DrawQueue(self.sampler, config.lookahead)
        self._batches = self.queue.batches(dataset)
        self._all_faces = sequential_batches(dataset, rows.train_faces, _ENCODED_AT_ONCE)
        self._iterator = None

    @property
    def step(self) -> int:
        """Steps taken so far."""
        return int(self.model.optimizer.iterations.value)

    @property
    def epoch(self) -> int:
        """Epochs completed so far."""
        return self.step // self.steps_per_epoch

    def state(self) -> dict[str, tf.Module | keras.Model | keras.Optimizer]:
        """Everything a checkpoint must hold: weights, optimizer with the step, samplers, draws."""
        return {
            "model": self.model,
            "optimizer": self.model.optimizer,
            "sampler": self.sampler,
            "queue": self.queue,
        }

    def run(self, num_steps: int) -> dict[str, float]:
        """Takes steps.

        Args:
            num_steps: how many.

        Returns:
            Means over these steps of the model's `term_names`, and the `effective_sample_size`
            after them.
        """
        if self._iterator is None:
            self.queue.refill(self.step)
            self._iterator = iter(self._batches)
        total, left = np.zeros(len(self.model.term_names)), num_steps
        while left:
            if isinstance(self.face_sampler, EpochLatentSampler) and self._is_new_epoch():
                self.face_sampler.recompute(self._latents())
            part = min(left, self.steps_per_epoch - self.step % self.steps_per_epoch)
            terms, sample_size = self._run(self._iterator, tf.constant(part))
            total += terms.numpy()
            left -= part
        means = dict(zip(self.model.term_names, total / num_steps, strict=True))
        return {name: float(value) for name, value in means.items()} | {
            "effective_sample_size": float(sample_size)
        }

    def _latents_to_weigh(self, faces: tf.Tensor, trained_on: tf.Tensor) -> tf.Tensor:
        """What the face sampler is told of a batch's faces.

        The latents they were trained on, unless augmentation changed the faces: most of what
        latents then tell is how, and a face would be rare for having been turned.
        """
        if isinstance(self.face_sampler, LatentSampler) and self.model.changes_pictures:
            return self._encode(faces)
        return trained_on

    def _is_new_epoch(self) -> bool:
        """Whether all faces are to be encoded: not before the first epoch, which is uniform."""
        return self.step > 0 and self.step % self.steps_per_epoch == 0

    def _latents(self) -> np.ndarray:
        """The latents of every training face, float32 `(num_faces, latent_dim)`."""
        return np.concatenate([self._encode(images).numpy() for images in self._all_faces])

    @tf.function(reduce_retracing=True)
    def _encode(self, images: tf.Tensor) -> tf.Tensor:
        return in_shards(lambda shard: self.model.encode(shard)[0], self.model.num_shards, images)

    @tf.function(reduce_retracing=True)
    def _run(self, iterator: tf.data.Iterator, num_steps: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        total = tf.zeros([len(self.model.term_names)])
        for _ in tf.range(num_steps):
            total += self._step(*next(iterator))
        with tf.device("/CPU:0"):
            return total, self.face_sampler.effective_sample_size()

    def _step(self, indices: tf.Tensor, images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """One batch: the model learns from it, then the samplers, then a later batch is drawn."""
        # A copy: the variable itself would read one more after the optimizer's step.
        step = tf.identity(self.model.optimizer.iterations.value)
        result = self.model.update_weights(images, labels, self.num_faces)
        latents = self._latents_to_weigh(images[: self.num_faces], result.latents)
        with tf.device("/CPU:0"):
            margins = tf.where(labels > 0.5, result.logits, -result.logits)
            self.sampler.update(indices, latents, margins)
            self.queue.draw_ahead(step)
        return result.terms


def _optimizer(config: TrainConfig, num_steps: int) -> keras.Optimizer:
    if config.schedule == "constant":
        return FusedAdam(config.learning_rate)
    return FusedAdam(keras.optimizers.schedules.CosineDecay(config.learning_rate, num_steps))


def _face_sampler(config: TrainConfig, dataset: FaceDataset, faces: np.ndarray) -> Sampler:
    seed, purpose = config.seed, "faces"
    if config.sampler == "uniform":
        return UniformSampler(len(faces), seed, purpose)
    if config.sampler == "loss":
        return LossSampler(len(faces), config.strength, seed, purpose)
    if config.sampler == "group":
        return GroupSampler(groups_of(dataset, faces, config.protected), seed, purpose)
    rule = (config.rule, config.alpha, config.bins, config.temperature)
    if config.sampler == "latent_epoch":
        return EpochLatentSampler(len(faces), *rule, seed, purpose)
    return LatentSampler(len(faces), config.latent_dim, *rule, seed, purpose)


def _nonface_sampler(config: TrainConfig, num_nonfaces: int) -> Sampler:
    if config.nonface_sampler == "loss":
        return LossSampler(num_nonfaces, config.strength, config.seed, "non-faces")
    return UniformSampler(num_nonfaces, config.seed, "non-faces")


def groups_of(dataset: FaceDataset, rows: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """A number per row, int `(num_rows,)`, equal for those alike in all these attributes.

    Raises:
        InputError: if the file has no such attribute, or does not know it of all rows.
    """
    codes = np.stack([dataset.attribute(name).codes[rows] for name in names], axis=1)
    for name, column in zip(names, codes.T, strict=True):
        if num_unknown := int(np.sum(column < 0)):
            raise InputError(
                f"{dataset.path}: {name!r} of {num_unknown:,} of {len(rows):,} training faces is unknown; "
                "--sampler=group needs it of all. Choose another attribute for --protected, or prepare "
                "the file without those faces."
            )
    return np.unique(codes, axis=0, return_inverse=True)[1].reshape(-1)
