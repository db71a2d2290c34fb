"""A face file that is touched, or changed in place, while it is read."""

import os

import pytest

from facedebias.data.face_file import FaceDataset
from facedebias.errors import InputError
from tests.data.storage.small_files import pictures, write_ours, write_plain


def write_over(path, content):
    """Changes a file in place: it is the same one, of the same size."""
    with path.open("r+b") as file:
        file.write(content)
    os.utime(path, (1, 1))


def test_a_sealed_file_may_be_touched(tmp_path):
    path = write_ours(tmp_path / "a.h5")
    dataset = FaceDataset(path)
    for time in (1, 2):
        os.utime(path, (time, time))
        assert (dataset.read([0, 5]) == pictures()[[0, 5]]).all()
        assert len(dataset.paths([0])) == 1
    assert dataset.failure is None


@pytest.mark.parametrize(
    ("place", "message"), [(0, "picture of row 0 is not as it was written"), (-60, "was replaced or changed")]
)
def test_one_that_was_changed_is_found_out_and_may_be_put_back(tmp_path, place, message):
    path = write_ours(tmp_path / "a.h5")
    dataset = FaceDataset(path)
    dataset.read([0])
    whole = path.read_bytes()
    damaged = bytearray(whole)
    damaged[place + dataset._file.place.offset if place == 0 else place] ^= 1
    write_over(path, damaged)
    with pytest.raises(InputError, match=message):
        dataset.read([0])
    write_over(path, whole)
    assert (dataset.read([0]) == pictures()[[0]]).all()


def test_without_a_seal_nobody_knows_what_a_touch_was(tmp_path):
    path = write_plain(tmp_path / "a.h5")
    dataset = FaceDataset(path)
    os.utime(path, (1, 1))
    with pytest.raises(InputError, match="was replaced or changed"):
        dataset.read([0])
