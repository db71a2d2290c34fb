"""Pictures that cannot be decoded, and machines that cannot go on."""

import errno
import os

import h5py
import numpy as np
import pytest

from facedebias.data.decoding import decode
from facedebias.data.face_file import FaceDataset
from facedebias.data.records import Record
from tests.data.storage.small_files import write_ours


def failing(number):
    def load():
        raise OSError(number, os.strerror(number), "2.png")

    return load


def records(number):
    return [Record(lambda: np.zeros((8, 8, 3), np.uint8), "1.png"), Record(failing(number), "2.png")]


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES, errno.ENOENT])
def test_a_picture_that_cannot_be_read_is_left_out(number):
    (block,) = decode(records(number), num_threads=1)
    assert len(block.images) == 1 and block.bad[0].startswith("2.png: ")


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_no_picture_is_left_out_for_what_the_machine_lacks(number):
    with pytest.raises(OSError) as found:
        list(decode(records(number), num_threads=1))
    assert found.value.errno == number


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO, errno.ESTALE])
def test_nor_is_a_face_file_called_damaged_for_it(tmp_path, monkeypatch, number):
    path = write_ours(tmp_path / "a.h5")

    def fail(*_, **options):
        raise OSError(number, f"Unable to open file (errno = {number})")

    monkeypatch.setattr(h5py, "File", fail)
    with pytest.raises(OSError) as found:
        FaceDataset(path)
    assert found.value.errno == number
