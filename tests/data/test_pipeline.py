import gc

import h5py
import numpy as np
import pytest
import tensorflow as tf

from facedebias.data.face_file import FaceDataset
from facedebias.data.face_writer import FaceFileWriter
from facedebias.data.pipeline import DrawQueue, balanced_batches, naming_damage, sequential_batches
from facedebias.distribution.batch_split import BatchSplit
from facedebias.errors import InputError
from facedebias.sampling.latent import LatentSampler
from facedebias.sampling.stratified import StratifiedSampler, Stratum
from facedebias.sampling.uniform import UniformSampler


def step(number):
    return tf.constant(number, tf.int64)


@pytest.fixture
def dataset(tmp_path):
    """20 faces and 12 non-faces; every pixel of a picture is its row number."""
    images = np.broadcast_to(np.arange(32, dtype=np.uint8)[:, None, None, None], (32, 16, 16, 3))
    with h5py.File(tmp_path / "rows.h5", "w") as file:
        file["images"] = images
        file["labels"] = (np.arange(32) < 20).astype(np.float32)[:, None]
    return FaceDataset(tmp_path / "rows.h5")


def make_sampler():
    return StratifiedSampler(
        [
            Stratum(np.arange(20), LatentSampler(20, 2, seed=4, purpose="faces"), 4),
            Stratum(np.arange(20, 32), UniformSampler(12, 4, "non-faces"), 4),
        ]
    )


def first_batches(queue, dataset, count):
    """`take(count)` would wait for the draw behind the last one, which nobody makes."""
    batches = iter(queue.batches(dataset, dataset.labels[:, 0]))
    return [next(batches) for _ in range(count)]


def test_pictures_and_labels_belong_to_the_indices(dataset):
    sampler = make_sampler()
    queue = DrawQueue(sampler, lookahead=3)
    queue.refill(step(0))
    for indices, _, images, labels, groups in first_batches(queue, dataset, 3):
        rows = sampler.file_rows(indices).numpy()
        np.testing.assert_array_equal(groups, -1)
        np.testing.assert_array_equal(images[:, 0, 0, 0], rows)
        np.testing.assert_array_equal(labels, [1, 1, 1, 1, 0, 0, 0, 0])


def test_labels_and_groups_may_be_others_than_the_file_has(dataset):
    sampler = make_sampler()
    queue = DrawQueue(sampler, lookahead=1)
    queue.refill(step(0))
    known = np.arange(32)
    indices, _, _, labels, groups = next(
        iter(queue.batches(dataset, (known % 2).astype(np.uint8), known.astype(np.int32)))
    )
    rows = sampler.file_rows(indices).numpy()
    np.testing.assert_array_equal(labels, rows % 2)
    np.testing.assert_array_equal(groups, rows)


def test_replicas_take_turns_and_only_their_rows_are_read(dataset, monkeypatch):
    sampler = make_sampler()
    queue = DrawQueue(sampler, lookahead=2)
    queue.refill(step(0))
    split, seen = BatchSplit(8, 4, 4), []
    read = dataset.read
    monkeypatch.setattr(dataset, "read", lambda rows: seen.append(list(rows)) or read(rows))
    parts = iter(queue.batches(dataset, dataset.labels[:, 0], None, split, (1, 3)))
    for replica in (1, 3, 1, 3):
        indices, places, images, labels, _ = next(parts)
        np.testing.assert_array_equal(places, split.places(replica))
        np.testing.assert_array_equal(images[:, 0, 0, 0], sampler.file_rows(indices).numpy()[places.numpy()])
        np.testing.assert_array_equal(labels, [1, 0])
    assert len(seen) == 2 and all(len(rows) == 4 for rows in seen)


@pytest.mark.parametrize("lookahead", [1, 2, 5])
def test_a_batch_is_drawn_from_what_was_known_lookahead_steps_before(dataset, lookahead):
    """Against a plain loop that draws each batch at its time, whatever tf.data prefetches."""
    sampler, twin = make_sampler(), make_sampler()
    queue = DrawQueue(sampler, lookahead)
    queue.refill(step(0))
    batches = iter(queue.batches(dataset, dataset.labels[:, 0]))
    expected = [twin.draw(step(number)).numpy() for number in range(lookahead)]
    for number in range(40):
        indices = next(batches)[0].numpy()
        np.testing.assert_array_equal(indices, expected[number])
        latents = tf.random.stateless_normal([4, 2], [number, 7])
        sampler.update(tf.constant(indices), latents)
        queue.draw_ahead(step(number))
        twin.update(tf.constant(indices), latents)
        expected.append(twin.draw(step(number + lookahead)).numpy())


def test_draws_under_way_are_put_back(dataset):
    queue = DrawQueue(make_sampler(), lookahead=3)
    for number in range(7):
        queue.draw_ahead(step(number)) if number else queue.refill(step(0))
        queue._queue.dequeue()
    under_way = [queue._sampler.draw(step(number)).numpy() for number in (7, 8, 9)]
    queue.refill(step(7))
    found = [batch[0].numpy() for batch in first_batches(queue, dataset, 3)]
    np.testing.assert_array_equal(found, under_way)


def test_a_queue_that_dies_while_a_function_is_traced_leaves_no_trace_in_it():
    sampler = StratifiedSampler([Stratum(np.arange(4), UniformSampler(4), 2)])

    queues = [DrawQueue(sampler, 2)]

    @tf.function
    def function():
        queues.clear()
        gc.collect()
        return tf.constant(1)

    graph = function.get_concrete_function().graph
    assert not [operation.name for operation in graph.get_operations() if "Close" in operation.type]


def test_nor_in_a_graph_that_is_no_function_as_one_of_a_model_that_is_loaded():
    queues = [DrawQueue(StratifiedSampler([Stratum(np.arange(4), UniformSampler(4), 2)]), 2)]
    with tf.Graph().as_default() as graph:
        queues.clear()
        gc.collect()
    assert not graph.get_operations()


def test_batches_for_fit_are_half_faces_and_show_every_row_once_a_pass(dataset):
    batches = balanced_batches(dataset, np.arange(20), np.arange(20, 32), 8, seed=1).take(5)
    shown = np.concatenate([images[:, 0, 0, 0] for images, _ in batches])
    labels = np.concatenate([labels for _, labels in batches])
    np.testing.assert_array_equal(labels, np.tile([1, 1, 1, 1, 0, 0, 0, 0], 5))
    assert sorted(shown[labels == 1]) == list(range(20))


def test_sequential_batches_keep_the_order_and_the_rest(dataset):
    rows = np.array([30, 2, 2, 7, 19])
    batches = list(sequential_batches(dataset, rows, 2))
    assert [len(batch) for batch in batches] == [2, 2, 1]
    np.testing.assert_array_equal(np.concatenate(batches)[:, 0, 0, 0], rows)


def test_a_damaged_picture_is_named_through_tensorflow(tmp_path):
    path, nobody = tmp_path / "faces.h5", np.full(8, -1)
    with FaceFileWriter(path, 8, 16, {}, ["drawn"]) as writer:
        writer.append(np.zeros((8, 16, 16, 3), np.uint8), np.ones(8), {}, 0, ["x"] * 8, nobody, nobody)
    with h5py.File(path) as file:
        place = file["images"].id.get_offset() + 6 * 16 * 16 * 3
    content = bytearray(path.read_bytes())
    content[place] = 1
    path.write_bytes(content)
    dataset = FaceDataset(path)
    batches = iter(sequential_batches(dataset, np.arange(8), 4))

    @tf.function
    def mean():
        return tf.reduce_mean(tf.cast(next(batches), tf.float32))

    with naming_damage(dataset):
        assert mean() == 0.0
    with (
        pytest.raises(InputError, match="the picture of row 6 is not as it was written"),
        naming_damage(dataset),
    ):
        mean()
    # What the file has no part in stays as it is.
    with pytest.raises(tf.errors.InvalidArgumentError), naming_damage(FaceDataset(path)):
        tf.debugging.assert_equal(1, 2)
