"""From rows of a face file to batches of pictures, by tf.data."""

import contextlib
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import tensorflow as tf

from facedebias.data.face_file import FaceDataset
from facedebias.distribution.batch_split import BatchSplit
from facedebias.sampling.stratified import StratifiedSampler, Stratum
from facedebias.sampling.uniform import UniformSampler

Batch = tuple[tf.Tensor, tf.Tensor]


class DrawQueue(tf.Module):
    """Carries the draws of a sampler to the tf.data pipeline, a fixed number of batches ahead.

    The draw for batch t + lookahead is made at the end of step t. The pipeline waits for it
    however far it prefetches, so that speed never decides what a batch holds. The draws under
    way are kept in a variable: a checkpoint has them, and `refill` puts them back.

    Args:
        sampler: fills the batches.
        lookahead: batches drawn ahead, at least 1; 2 lets one be read while another trains.
    """

    def __init__(self, sampler: StratifiedSampler, lookahead: int):
        super().__init__()
        self._sampler = sampler
        self.lookahead = lookahead
        first = [sampler.draw(tf.constant(step, tf.int64)) for step in range(lookahead)]
        self.pending = tf.Variable(tf.stack(first), trainable=False)
        self._queue = tf.queue.FIFOQueue(lookahead + 1, [tf.int64], [(sampler.batch_size,)])
        # A pipeline that still waits for a draw when Python exits would crash it.
        weakref.finalize(self, _close, self._queue)

    def refill(self, step: tf.Tensor) -> None:
        """Puts the draws for batches step to step + lookahead - 1 into the empty queue."""
        while self._queue.size() > 0:
            self._queue.dequeue()
        for ahead in range(self.lookahead):
            self._queue.enqueue(self.pending[(step + ahead) % self.lookahead])

    def draw_ahead(self, step: tf.Tensor) -> None:
        """Draws the batch that is trained on `lookahead` steps after `step`."""
        drawn = self._sampler.draw(step + self.lookahead)
        self.pending.scatter_nd_update([[step % self.lookahead]], drawn[None])
        self._queue.enqueue(drawn)

    def batches(
        self,
        dataset: FaceDataset,
        labels: np.ndarray,
        groups: np.ndarray | None = None,
        split: BatchSplit | None = None,
        replicas: Sequence[int] = (0,),
    ) -> tf.data.Dataset:
        """An endless tf.data dataset of (indices, places, images, labels, groups).

        Each element is one replica's part of a batch, and the replicas of this process take turns.
        Indices are int64 `(batch_size,)` as drawn for the whole batch. Of the part there are the places
        in the batch, int32 `(n,)`, images uint8 `(n, height, width, 3)`, labels float32 `(n,)`, groups
        int32 `(n,)`. Only its rows are read.

        Args:
            dataset: the face file.
            labels: uint8 `(num_rows,)`, of its rows.
            groups: int32 `(num_rows,)`; None where they are of no use, and all are -1.
            split: how replicas share a batch; None for one that has it whole.
            replicas: numbers of those of this process.
        """
        whole = np.arange(self._sampler.batch_size, dtype=np.int32)
        parts = [whole] if split is None else [split.places(number) for number in replicas]
        places = tf.constant(np.concatenate(parts))
        load = _loader(dataset, labels, len(places))
        known = None if groups is None else tf.constant(groups)

        def next_parts(_: tf.Tensor) -> tuple[tf.Tensor, ...]:
            indices = self._queue.dequeue()
            rows = self._sampler.file_rows(indices)
            rows = rows if split is None else tf.gather(rows, places)
            own = tf.fill(tf.shape(rows), -1) if known is None else tf.gather(known, rows)
            return indices, places, *load(rows), own

        def each_by_itself(indices: tf.Tensor, *values: tf.Tensor) -> tuple[tf.Tensor, ...]:
            apart = [tf.reshape(value, [len(parts), -1, *value.shape[1:]]) for value in values]
            return tf.repeat(indices[None], len(parts), axis=0), *apart

        batches = tf.data.Dataset.counter().map(next_parts)
        if len(parts) > 1:
            batches = batches.map(each_by_itself).unbatch()
        batches = batches.prefetch(self.lookahead)
        options = tf.data.Options()
        # It would take two draws at a time from the queue and pass them on in either order.
        options.experimental_optimization.map_parallelization = False
        return batches.with_options(options)


def _close(queue: tf.queue.QueueBase) -> None:
    # Garbage may be collected while a function is traced, and closing become a part of it.
    with tf.init_scope():
        if tf.executing_eagerly():
            queue.close()
            return
    # In a graph that is no function. Which graph is built is a thread's own affair.
    thread = threading.Thread(target=queue.close)
    thread.start()
    thread.join()


def balanced_batches(
    dataset: FaceDataset, faces: np.ndarray, nonfaces: np.ndarray, batch_size: int, seed: int = 0
) -> tf.data.Dataset:
    """Endless (images, labels) batches, half faces, half non-faces, for `model.fit`.

    Faces come first in a batch; every row comes once a pass over its class.

    Args:
        dataset: the face file.
        faces: int64 `(num_faces,)`, rows to draw faces from.
        nonfaces: int64 `(num_nonfaces,)`, likewise.
        batch_size: pictures in a batch, an even number.
        seed: of the order.

    Returns:
        tf.data dataset of uint8 `(batch_size, height, width, 3)`, float32 `(batch_size,)`.
    """
    half = batch_size // 2
    sampler = StratifiedSampler(
        [
            Stratum(faces, UniformSampler(len(faces), seed, "faces"), half),
            Stratum(nonfaces, UniformSampler(len(nonfaces), seed, "non-faces"), half),
        ]
    )
    load = _loader(dataset, dataset.labels[:, 0], batch_size)
    steps = tf.data.Dataset.counter()
    return steps.map(lambda step: load(sampler.file_rows(sampler.draw(step)))).prefetch(2)


def sequential_batches(dataset: FaceDataset, rows: np.ndarray, batch_size: int) -> tf.data.Dataset:
    """The pictures of these rows in order, uint8 `(up to batch_size, height, width, 3)`."""
    read = _reader(dataset, None)
    return tf.data.Dataset.from_tensor_slices(rows).batch(batch_size).map(read).prefetch(2)


@contextlib.contextmanager
def naming_damage(dataset: FaceDataset) -> Iterator[None]:
    """Raises what was wrong with the file where TensorFlow raises an error that only quotes it."""
    try:
        yield
    except tf.errors.OpError:
        if dataset.failure is None:
            raise
        raise dataset.failure from None


def _loader(dataset: FaceDataset, labels: np.ndarray, batch_size: int | None) -> Callable[[tf.Tensor], Batch]:
    """A function from file rows to (images, labels) for use in `Dataset.map`."""
    read, known = _reader(dataset, batch_size), tf.constant(labels)

    def load(rows: tf.Tensor) -> Batch:
        return read(rows), tf.cast(tf.gather(known, rows), tf.float32)

    return load


def _reader(dataset: FaceDataset, batch_size: int | None) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function from file rows to images for use in `Dataset.map`."""

    def read(rows: tf.Tensor) -> tf.Tensor:
        # The file is mapped into memory: reading a row is a copy from the page cache, at
        # tens of thousands of pictures a second, and needs no reader in TensorFlow.
        images = tf.numpy_function(dataset.read, [rows], tf.uint8, stateful=False)
        images.set_shape((batch_size, *dataset.image_shape))
        return images

    return read
