"""The devices and processes that train one model together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from facedebias.distribution import voting
from facedebias.distribution.batch_split import BatchSplit


@dataclass(frozen=True)
class Replication:
    """Who trains a model.

    Each replica, a device, works on its part of every batch. A worker, a process, has one or more.

    Attributes:
        strategy: TensorFlow's.
        worker: number of this process, from 0.
        num_workers: processes that train together.
    """

    strategy: tf.distribute.Strategy
    worker: int = 0
    num_workers: int = 1

    @classmethod
    def one(cls) -> Replication:
        """One device in one process."""
        return cls(tf.distribute.get_strategy())

    @property
    def is_chief(self) -> bool:
        """Whether this process writes what there is to write."""
        return self.worker == 0

    @property
    def num_replicas(self) -> int:
        """Replicas of all workers together."""
        return int(self.strategy.num_replicas_in_sync)

    @property
    def own_replicas(self) -> range:
        """Numbers of this worker's replicas; workers have equally many."""
        count = self.num_replicas // self.num_workers
        return range(self.worker * count, (self.worker + 1) * count)

    def distributed(
        self, make: Callable[[BatchSplit | None, Sequence[int]], tf.data.Dataset], split: BatchSplit
    ) -> Any:
        """A dataset whose elements `strategy.run` takes: each replica gets its own.

        Args:
            make: gives elements of some replicas in turn.
            split: how a batch is shared out; `make` gets None where there is one replica.
        """
        if self.num_replicas == 1:
            return make(None, self.own_replicas)
        return self.strategy.distribute_datasets_from_function(lambda context: make(split, self.own_replicas))

    def first(self, values: Any) -> Any:
        """Of what `strategy.run` returned, what the first replica of this process did.

        Args:
            values: a tuple.
        """
        return tuple(self.strategy.experimental_local_results(value)[0] for value in values)

    def agree(self, *numbers: int) -> bool:
        """Waits until all workers have called this; returns whether they gave the same numbers.

        Args:
            numbers: int64 each.
        """

        def ask() -> tuple[tf.Tensor]:
            return (voting.votes(tf.constant(False), tf.constant(numbers, tf.int64)),)

        @tf.function
        def are_alike() -> tf.Tensor:
            return voting.are_alike(*self.first(self.strategy.run(ask)))

        return bool(are_alike())
