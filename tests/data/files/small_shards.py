"""The same rows as one face file and as shards."""

import numpy as np

from facedebias.data.face_writer import FaceFileWriter
from facedebias.data.files.shard_writer import ShardWriter

NUM_ROWS, SIZE = 23, 8
VALUES = {"Male": ("no", "yes"), "age": ("0-9", "10-19", "20+")}
SOURCES = ["one", "two"]


def pictures(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (NUM_ROWS, SIZE, SIZE, 3), np.uint8)


def write_single(path, seed=0):
    """All rows in one file."""
    with FaceFileWriter(path, NUM_ROWS, SIZE, VALUES, SOURCES) as writer:
        fill(writer, seed)
    return path


def write_shards(folder, num_shards, seed=0, capacity=NUM_ROWS, **options):
    """The same rows in shards; gives their index."""
    with ShardWriter(folder, num_shards, capacity, SIZE, VALUES, SOURCES, **options) as writer:
        fill(writer, seed)
    return writer.path


def fill(writer, seed=0):
    """Appends blocks of 5, which end in other rows than shards do."""
    images, rows = pictures(seed), np.arange(NUM_ROWS)
    for start in range(0, NUM_ROWS, 5):
        own = rows[start : start + 5]
        writer.append(
            images[own],
            own % 2,
            {"Male": own % 2, "age": own % 3 - 1},
            start % 2,
            [f"{row}.jpg" for row in own],
            own % 4 - 1,
            own * 7,
        )
