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
        OSError(number, text),
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
        (errno.EMFILE, "too many files are open (ulimit -n)."),
        (errno.ENFILE, "too many files are open on this machine."),
        (errno.ESTALE, "the server has another file there now"),
        (errno.ETIMEDOUT, "the server of the disk does not answer."),
        (errno.ENOTCONN, "the disk is not connected any more."),
        (errno.EPERM, "reading or writing is not allowed."),
    ],
)
def test_what_a_disk_refuses_is_a_line_that_says_how_to_go_on(tmp_path, number, words):
    for error in errors_of(number):
        with pytest.raises(InputError) as found, limits.explained(tmp_path, GO_ON):
            raise error
        assert str(found.value).startswith(f"{tmp_path}: {words}")
        assert str(found.value).endswith(GO_ON)


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES])
def test_the_file_that_failed_is_named_where_it_is_known(tmp_path, number):
    text = os.strerror(number)
    quoted = f"Unable to open file (unable to open file: name = '/data/a.h5', errno = {number}, '{text}')"
    for error in (
        OSError(number, text, "/data/a.h5"),
        OSError(quoted),
        tf.errors.UnknownError(None, None, f"[Errno {number}] {text}: '/data/a.h5'\nTraceback: 'x'"),
    ):
        with pytest.raises(InputError, match="^/data/a.h5: .*To go on"), limits.explained(tmp_path, GO_ON):
            raise error
    hidden = OSError(number, text, str(tmp_path / ".metrics.csv.partial-1"))
    with pytest.raises(InputError, match=f"^{tmp_path}: "), limits.explained(tmp_path, GO_ON):
        raise hidden


@pytest.mark.parametrize(
    "error", [FileNotFoundError(errno.ENOENT, "gone", "a"), tf.errors.NotFoundError(None, None, "gone")]
)
def test_a_folder_that_was_removed_is_said(tmp_path, error):
    expected = "run: the folder was removed while .*put the folder back. To go on"
    with pytest.raises(InputError, match=expected), limits.explained(tmp_path / "run", GO_ON):
        raise error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)),
        MemoryError(),
        tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor"),
    ],
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
