"""The training step and the loop around it, as one graph."""

import functools
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from facedebias.data.face_file import FaceDataset
from facedebias.data.pipeline import DrawQueue, sequential_batches
from facedebias.distribution.replication import Replication
from facedebias.errors import InputError
from facedebias.sampling.sampler import Sampler
from facedebias.sampling.stratified import StratifiedSampler, Stratum
from facedebias.training.build import build, optimizer
from facedebias.training.checkpoints.running_sums import RunningSums
from facedebias.training.config import TrainConfig
from facedebias.training.divergence import NotFinite
from facedebias.training.replica_step import ReplicaStep, Told
from facedebias.training.strata import build_strata, split_of
from facedebias.training.tasks import Task

_ENCODED_AT_ONCE = 256


class Trainer(tf.Module):
    """A model, the samplers that fill its batches, and the step that moves both.

    Args:
        config: of the run.
        dataset: the face file.
        task: what is learned of it, and on which rows.
        num_shards: parts of a batch that are worked on side by side, see `sharding`.
        replication: devices and processes that share the work; None for one device.

    Raises:
        InputError: if the batch cannot be shared out evenly.
    """

    def __init__(
        self,
        config: TrainConfig,
        dataset: FaceDataset,
        task: Task,
        num_shards: int = 1,
        replication: Replication | None = None,
    ):
        super().__init__()
        self._dataset = dataset
        self.replication = replication or Replication.one()
        split = split_of(config, self.replication.num_replicas)
        with tf.device("/CPU:0"):
            strata = build_strata(config, task)
            self.sampler = StratifiedSampler(strata)
            self.queue = DrawQueue(self.sampler, config.lookahead)
        # Those that `config.sampler` fills; the rest are non-faces.
        self._sampled: list[Stratum] = strata[:1] if task.is_detection else strata
        drawn = sum(stratum.count for stratum in self._sampled)
        # A pass over the pictures there are, so that whoever leaves some out trains as long.
        self.steps_per_epoch = max(1, len(task.sampled_rows) // drawn)
        self.num_steps = config.epochs * self.steps_per_epoch
        with self.replication.strategy.scope():
            self.model = build(config, dataset.image_shape, num_shards)
            # Keras would turn XLA on where there is a GPU, and XLA refuses the sampler's state,
            # which lives on the host.
            self.model.compile(optimizer=optimizer(config, self.num_steps), jit_compile=False)
            self.model.optimizer.build(self.model.trainable_variables)
            self.penalty = config.penalty.build(task.num_groups)
        needs_latents = any(stratum.sampler.needs_latents for stratum in self._sampled)
        self._learn = ReplicaStep(self.model, self.penalty, split, needs_latents)
        groups = task.groups_within(config.among) if config.is_penalized else None
        self._batches = self.replication.distributed(
            lambda part, own: self.queue.batches(dataset, task.labels, groups, part, own), split
        )
        self._iterator = None
        with tf.device("/CPU:0"):
            self.sums = RunningSums(self.model.term_names)
            self._is_asked_to_stop = tf.Variable(False, trainable=False)
        self.is_stopping = False
        """Whether `take` took less steps than it was told to, as somebody asked it to stop."""

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
        return int(tf.identity(self.model.optimizer.iterations.value))

    @property
    def epoch(self) -> int:
        """Epochs completed so far; one counts when `sums` are told that it ended."""
        return (self.step - self.sums.steps_of_epoch) // self.steps_per_epoch

    def state(self) -> dict[str, tf.Module | keras.Model | keras.Optimizer]:
        """Everything a checkpoint must hold: weights, optimizer with the step, samplers, draws, sums."""
        state = {
            "model": self.model,
            "optimizer": self.model.optimizer,
            "sampler": self.sampler,
            "queue": self.queue,
            "sums": self.sums,
        }
        return state if self.penalty is None else state | {"penalty": self.penalty}

    def run(self, num_steps: int) -> dict[str, float]:
        """Takes steps.

        Args:
            num_steps: how many.

        Returns:
            What `means` does, of these steps.

        Raises:
            NotFinite: as `take` does.
        """
        self.take(num_steps)
        return self.means()

    def take(self, num_steps: int) -> None:
        """Takes steps; fewer if `ask_to_stop` is called, here or in another process that trains with this.

        Raises:
            NotFinite: after the step whose loss is not.
            InputError: if processes do not draw the same rows.
        """
        if self._iterator is None:
            self.queue.refill(self.step)
            self._iterator = iter(self._batches)
        left = num_steps
        self.is_stopping |= self.replication.num_workers == 1 and bool(self._is_asked_to_stop)
        while left and not self.is_stopping:
            if self._is_new_epoch():
                self._start_epoch()
            part = min(left, self.steps_per_epoch - self.step % self.steps_per_epoch)
            taken, told, indices, terms = self._run(self._iterator, tf.constant(part))
            self.is_stopping = bool(told.is_stopping)
            if not told.is_alike:
                raise InputError(
                    f"step {self.step}: the workers draw different rows, so they do not train one model. "
                    "Their processors or versions differ: start all on machines of one kind."
                )
            if not told.is_finite:
                found = dict(zip(self.model.term_names, terms.numpy().tolist(), strict=True))
                raise NotFinite(self.step, found, self.sampler.file_rows(indices).numpy())
            left -= int(taken)

    def means(self) -> dict[str, float]:
        """Means of the model's `term_names` since the last call, and the `effective_sample_size` now."""
        return self.sums.pop_window() | {"effective_sample_size": self.effective_sample_size()}

    def effective_sample_size(self) -> float:
        """1 / sum p^2 of the next draw from `sampled_rows`."""
        return float(self._sample_size())

    def ask_to_stop(self) -> None:
        """Has `take` end after the step under way, for good; any thread may call it."""
        self._is_asked_to_stop.assign(True)

    @tf.function
    def is_finite(self) -> tf.Tensor:
        """Whether all weights, statistics and moments are numbers, bool scalar."""
        variables = [variable.value for variable in (*self.model.variables, *self.model.optimizer.variables)]
        known = [variable for variable in variables if variable.dtype.is_floating]
        return tf.reduce_all([tf.reduce_all(tf.math.is_finite(variable)) for variable in known])

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
        return self._learn.encode(images)

    @tf.function(reduce_retracing=True)
    def _run(self, iterator: tf.data.Iterator, num_steps: tf.Tensor) -> tuple[Any, ...]:
        """Steps taken, what the last one told, its rows (of samplers) and its terms."""
        with tf.device("/CPU:0"):
            sums = self.sums.sums.value()
            taken, told = tf.constant(0), Told.nothing()
            indices = tf.zeros([self.sampler.batch_size], tf.int64)
        terms = tf.zeros([len(self.model.term_names)])
        # The loss is known before gradients are: waiting for it costs nothing.
        while told.is_finite & told.is_alike & ~told.is_stopping & (taken < num_steps):
            indices, terms, told = self._step(next(iterator))
            with tf.device("/CPU:0"):
                sums += tf.cast(terms, tf.float64)
                taken += 1
        with tf.device("/CPU:0"):
            self.sums.add(sums, taken)
        return taken, told, indices, terms

    @tf.function
    def _sample_size(self) -> tf.Tensor:
        with tf.device("/CPU:0"):
            sizes = [stratum.sampler.effective_sample_size() for stratum in self._sampled]
            if len(sizes) == 1:
                return sizes[0]
            return 1.0 / tf.add_n(
                [share**2 / size for share, size in zip(self._shares(), sizes, strict=True)]
            )

    def _step(self, batch: tuple[tf.Tensor, ...]) -> tuple[tf.Tensor, tf.Tensor, Told]:
        """One batch: the model learns from it, then the samplers, then a later batch is drawn."""
        # A copy: the variable itself would read one more after the optimizer's step.
        step = tf.identity(self.model.optimizer.iterations.value)
        learned = self.replication.strategy.run(self._learn, (self._is_asked_to_stop.value(), *batch))
        indices, latents, margins, terms, votes = self.replication.first(learned)
        with tf.device("/CPU:0"):
            self.sampler.update(indices, latents, margins)
            self.queue.draw_ahead(step)
            return indices, terms, Told.by(terms, votes)
