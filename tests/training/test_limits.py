import errno
import os

import pytest
import tensorflow as tf

from facedebias.errors import InputError
from facedebias.training import limits

GO_ON = "To go on, do this."


def errors_of(number):
    text = os.strerror(number)
    return [
        OSError(number, text, "run/metrics.csv"),
        OSError(f"Can't write data ({text})"),  # as of h5py, without a number
        tf.errors.UnknownError(None, None, f"run/ckpt-1.data; {text}"),
        tf.errors.ResourceExhaustedError(None, None, f"run/ckpt-1.data; {text}"),
    ]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full. Free some space."),
        (errno.EDQUOT, "the disk quota is used up."),
        (errno.EFBIG, "a file is larger than this process may write (ulimit -f)."),
        (errno.EROFS, "the disk can be read only now."),
        (errno.EIO, "the disk failed"),
    ],
)
def test_what_a_disk_refuses_is_a_line_that_says_how_to_go_on(tmp_path, number, words):
    for error in errors_of(number):
        with pytest.raises(InputError) as found, limits.explained(tmp_path, GO_ON):
            raise error
        assert str(found.value).startswith(f"{tmp_path}: {words}")
        assert str(found.value).endswith(GO_ON)


@pytest.mark.parametrize(
    "error", [MemoryError(), tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")]
)
def test_memory_that_is_not_enough_is_a_line(tmp_path, error):
    expected = "not enough memory.*To go on.*smaller --batch_size"
    with pytest.raises(InputError, match=expected), limits.explained(tmp_path, GO_ON):
        raise error


@pytest.mark.parametrize(
    "error",
    [tf.errors.UnknownError(None, None, "another fault"), OSError(errno.ENOENT, "gone"), KeyError("x")],
)
def test_other_faults_are_not_hidden(tmp_path, error):
    with pytest.raises(type(error)) as found, limits.explained(tmp_path, GO_ON):
        raise error
    assert found.value is error
