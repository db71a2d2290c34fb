"""What TensorFlow is told about this machine before it starts: kernels and threads."""

import contextlib
import os
import sys
from collections.abc import Iterator

# Beyond this a shard of a usual batch is a handful of pictures; not measured.
_MOST_SHARDS = 8


def import_tensorflow() -> None:
    """Imports TensorFlow with oneDNN's kernels on and without its notes on them.

    TensorFlow leaves the kernels off on processors without AVX-512, where they help as well
    (docs/performance.md); TF_ENABLE_ONEDNN_OPTS=0 in the environment keeps them off. Programs
    call this before anything else imports TensorFlow; a library must not decide for others.
    """
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    # What a user can do nothing about: its notes on this machine's processor.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with _silenced_stderr():
        import tensorflow  # noqa: F401


@contextlib.contextmanager
def _silenced_stderr() -> Iterator[None]:
    """Nothing reaches the process's standard error, not even from a library in C.

    TensorFlow says that oneDNN is on before it looks at TF_CPP_MIN_LOG_LEVEL.
    """
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # closed: nothing to silence
        yield
        return
    try:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def one_shard_per_core() -> int:
    """Sets TensorFlow's threads so that a core works on a shard of the batch, see `sharding`.

    Leaves everything as it is where there is a GPU, where the environment sets the number of
    threads, or where TensorFlow runs already with other threads.

    Returns:
        How many shards to train in.
    """
    import tensorflow as tf

    if {"TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"} & os.environ.keys():
        return 1
    if tf.config.list_physical_devices("GPU"):
        return 1
    num_shards = min(num_cores(), _MOST_SHARDS)
    threading, wanted = tf.config.threading, (num_cores() // num_shards, num_cores())
    with contextlib.suppress(RuntimeError):  # it runs already
        threading.set_intra_op_parallelism_threads(wanted[0])
        threading.set_inter_op_parallelism_threads(wanted[1])
    found = (threading.get_intra_op_parallelism_threads(), threading.get_inter_op_parallelism_threads())
    return num_shards if found == wanted else 1


def num_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # where it exists it knows of a container's limit
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
