"""The training step and the loop around it, as one graph."""

import functools

import keras
import numpy as np
import tensorflow as tf

from facedebias.data.face_file import FaceDataset
from facedebias.data.pipeline import DrawQueue, sequential_batches
from facedebias.models.adam import FusedAdam
from facedebias.models.sharding import in_shards
from facedebias.sampling.sampler import Sampler
from facedebias.sampling.stratified import StratifiedSampler, Stratum
from facedebias.training.build import build
from facedebias.training.config import TrainConfig
from facedebias.training.strata import build_strata
from facedebias.training.tasks import Task

_ENCODED_AT_ONCE = 256


class Trainer(tf.Module):
    """A model, the samplers that fill its batches, and the step that moves both.

    Args:
        config: of the run.
        dataset: the face file.
        task: what is learned of it, and on which rows.
        num_shards: parts of a batch that are worked on side by side, see `sharding`.
    """

    def __init__(self, config: TrainConfig, dataset: FaceDataset, task: Task, num_shards: int = 1):
        super().__init__()
        self._dataset = dataset
        with tf.device("/CPU:0"):
            strata = build_strata(config, task)
            self.sampler = StratifiedSampler(strata)
            self.queue = DrawQueue(self.sampler, config.lookahead)
        # Those that `config.sampler` fills; the rest are non-faces.
        self._sampled: list[Stratum] = strata[:1] if task.is_detection else strata
        # The first so many pictures of a batch are the only ones that are rebuilt.
        self._num_rebuilt = strata[0].count if task.is_detection else None
        drawn = sum(stratum.count for stratum in self._sampled)
        # A pass over the pictures there are, so that whoever leaves some out trains as long.
        self.steps_per_epoch = max(1, len(task.sampled_rows) // drawn)
        self.num_steps = config.epochs * self.steps_per_epoch
        self.model = build(config, dataset.image_shape, num_shards)
        # Keras would turn XLA on where there is a GPU, and XLA refuses the sampler's state,
        # which lives on the host.
        self.model.compile(optimizer=_optimizer(config, self.num_steps), jit_compile=False)
        self.model.optimizer.build(self.model.trainable_variables)
        self.penalty = config.penalty.build(task.num_groups)
        groups = task.groups_within(config.among) if config.is_penalized else None
        self._batches = self.queue.batches(dataset, task.labels, groups)
        self._iterator = None

    @property
    def sampled_rows(self) -> np.ndarray:
        """Rows of the file that the sampler chooses from, int32 `(n,)`."""
        return np.concatenate([stratum.rows for stratum in self._sampled])

    @property
    def face_sampler(self) -> Sampler:
        """What draws faces; of an attribute, what draws the first class, or both."""
        return self._sampled[0].sampler

    def probabilities(self) -> np.ndarray:
        """How likely each of `sampled_rows` is to be the next that is drawn from them, float64 `(n,)`."""
        shares = self._shares()
        parts = [
            share * part.sampler.probabilities() for share, part in zip(shares, self._sampled, strict=True)
        ]
        return np.concatenate(parts)

    def _shares(self) -> list[float]:
        """Of the draws from `sampled_rows`, those from each of their strata."""
        total = sum(stratum.count for stratum in self._sampled)
        return [stratum.count / total for stratum in self._sampled]

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
        state = {
            "model": self.model,
            "optimizer": self.model.optimizer,
            "sampler": self.sampler,
            "queue": self.queue,
        }
        return state if self.penalty is None else state | {"penalty": self.penalty}

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
            if self._is_new_epoch():
                self._start_epoch()
            part = min(left, self.steps_per_epoch - self.step % self.steps_per_epoch)
            terms, sample_size = self._run(self._iterator, tf.constant(part))
            total += terms.numpy()
            left -= part
        means = dict(zip(self.model.term_names, total / num_steps, strict=True))
        return {name: float(value) for name, value in means.items()} | {
            "effective_sample_size": float(sample_size)
        }

    def _latents_to_weigh(self, faces: tf.Tensor, trained_on: tf.Tensor) -> tf.Tensor:
        """What the sampler is told of a batch's faces.

        The latents they were trained on, unless augmentation changed the faces: most of what
        latents then tell is how, and a face would be rare for having been turned.
        """
        if any(stratum.sampler.needs_latents for stratum in self._sampled) and self.model.changes_pictures:
            return self._encode(faces)
        return trained_on

    def _is_new_epoch(self) -> bool:
        """Whether faces may be weighed anew: not before the first epoch, which is uniform."""
        return self.step > 0 and self.step % self.steps_per_epoch == 0

    def _start_epoch(self) -> None:
        """Tells samplers, which may ask for the latents of all their rows."""
        for stratum in self._sampled:
            stratum.sampler.on_epoch_start(functools.partial(self._encode_all, stratum.rows))

    def _encode_all(self, rows: np.ndarray) -> np.ndarray:
        batches = sequential_batches(self._dataset, rows, _ENCODED_AT_ONCE)
        return np.concatenate([self._encode(images).numpy() for images in batches])

    @tf.function(reduce_retracing=True)
    def _encode(self, images: tf.Tensor) -> tf.Tensor:
        return in_shards(lambda shard: self.model.encode(shard)[0], self.model.num_shards, images)

    @tf.function(reduce_retracing=True)
    def _run(self, iterator: tf.data.Iterator, num_steps: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        total = tf.zeros([len(self.model.term_names)])
        for _ in tf.range(num_steps):
            total += self._step(*next(iterator))
        with tf.device("/CPU:0"):
            return total, self._effective_sample_size()

    def _effective_sample_size(self) -> tf.Tensor:
        """1 / sum p^2 of the next draw from `sampled_rows`."""
        sizes = [stratum.sampler.effective_sample_size() for stratum in self._sampled]
        if len(sizes) == 1:
            return sizes[0]
        return 1.0 / tf.add_n([share**2 / size for share, size in zip(self._shares(), sizes, strict=True)])

    def _step(self, indices: tf.Tensor, images: tf.Tensor, labels: tf.Tensor, groups: tf.Tensor) -> tf.Tensor:
        """One batch: the model learns from it, then the samplers, then a later batch is drawn."""
        # A copy: the variable itself would read one more after the optimizer's step.
        step = tf.identity(self.model.optimizer.iterations.value)
        result = self.model.update_weights(images, labels, self._num_rebuilt, groups, self.penalty)
        latents = self._latents_to_weigh(images[: self._num_rebuilt], result.latents)
        with tf.device("/CPU:0"):
            margins = tf.where(labels > 0.5, result.logits, -result.logits)
            self.sampler.update(indices, latents, margins)
            self.queue.draw_ahead(step)
        return result.terms


def _optimizer(config: TrainConfig, num_steps: int) -> keras.Optimizer:
    if config.schedule == "constant":
        return FusedAdam(config.learning_rate)
    return FusedAdam(keras.optimizers.schedules.CosineDecay(config.learning_rate, num_steps))
