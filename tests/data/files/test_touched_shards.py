"""Shards that are touched, or changed in place, while they are read."""

import os

import h5py
import numpy as np
import pytest

from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError
from tests.data.files.small_shards import NUM_ROWS, pictures, write_shards


@pytest.fixture
def index(tmp_path):
    return write_shards(tmp_path / "five", 5)


def test_a_shard_that_was_written_to_since_is_refused(index):
    dataset = FaceDataset(index)
    dataset.read([0])
    write_over(index.parent / "shard-00000.h5", -60)
    with pytest.raises(InputError, match=r"shard-00000.h5: was replaced or changed since it was opened"):
        dataset.read([0, 22])
    write_over(index.parent / "shard-00004.h5", -60)  # not open yet
    with pytest.raises(InputError, match=r"shard-00004.h5: was replaced or changed since it was opened"):
        dataset.read([22])


def test_shards_may_be_touched(index):
    dataset = FaceDataset(index)
    dataset.read([0])
    for time in (1, 2):
        for path in index.parent.glob("*.h5"):
            os.utime(path, (time, time))
        np.testing.assert_array_equal(dataset.read(range(NUM_ROWS)), pictures())
        assert dataset.paths([0, 22]) == ["0.jpg", "22.jpg"]


def test_pictures_of_a_shard_that_was_changed_are_compared_once_more(index):
    dataset = FaceDataset(index)
    dataset.read(range(NUM_ROWS))
    path = index.parent / "shard-00004.h5"
    with h5py.File(path) as file:
        start = file["images"].id.get_offset()
    write_over(path, start)
    np.testing.assert_array_equal(dataset.read([0]), pictures()[[0]])
    with pytest.raises(InputError, match=r"shard-00004.h5: the picture of row 0 is not as it was written"):
        dataset.read(range(NUM_ROWS))


def write_over(path, place):
    """Flips a bit of a file in place: it is the same one, of the same size."""
    with path.open("r+b") as file:
        content = bytearray(file.read())
        content[place] ^= 1
        file.seek(0)
        file.write(content)
    os.utime(path, (1, 1))
