"""The training step and the loop around it, as one graph."""

import keras
import tensorflow as tf

from facedebias import models
from facedebias.config import TrainConfig
from facedebias.data.face_file import FaceDataset
from facedebias.data.pipeline import DrawQueue
from facedebias.data.splitting import TrainingRows
from facedebias.models.adam import FusedAdam
from facedebias.sampling import LatentSampler, StratifiedSampler, Stratum, UniformSampler


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
            self.face_sampler = _face_sampler(config, len(rows.train_faces))
            nonfaces = UniformSampler(len(rows.train_nonfaces), config.seed, "non-faces")
            self.sampler = StratifiedSampler(
                [
                    Stratum(rows.train_faces, self.face_sampler, self.num_faces),
                    Stratum(rows.train_nonfaces, nonfaces, config.batch_size - self.num_faces),
                ]
            )
            self.queue = DrawQueue(self.sampler, config.lookahead)
        self._batches = self.queue.batches(dataset)
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
        terms, sample_size = self._run(self._iterator, tf.constant(num_steps))
        means = dict(zip(self.model.term_names, terms.numpy() / num_steps, strict=True))
        return {name: float(value) for name, value in means.items()} | {
            "effective_sample_size": float(sample_size)
        }

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
        with tf.device("/CPU:0"):
            self.sampler.update(indices, result.latents)
            self.queue.draw_ahead(step)
        return result.terms


def _optimizer(config: TrainConfig, num_steps: int) -> keras.Optimizer:
    if config.schedule == "constant":
        return FusedAdam(config.learning_rate)
    return FusedAdam(keras.optimizers.schedules.CosineDecay(config.learning_rate, num_steps))


def _face_sampler(config: TrainConfig, num_faces: int) -> UniformSampler | LatentSampler:
    if config.sampler == "uniform":
        return UniformSampler(num_faces, config.seed, "faces")
    return LatentSampler(
        num_faces,
        config.latent_dim,
        rule=config.rule,
        alpha=config.alpha,
        bins=config.bins,
        temperature=config.temperature,
        seed=config.seed,
        purpose="faces",
    )
