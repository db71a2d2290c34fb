"""What TensorFlow is told about this machine before it starts: kernels and threads."""

import contextlib
import os
import sys
import tempfile
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
    if "tensorflow" in sys.modules:
        return
    with _silenced_stderr():
        import tensorflow  # noqa: F401


@contextlib.contextmanager
def quiet_libraries() -> Iterator[None]:
    """Keeps back what libraries in C write to standard error about themselves, once TensorFlow runs.

    For calls that tell of their failures by exceptions.
    """
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # closed: nothing to keep back
        yield
        return
    try:
        with tempfile.TemporaryFile() as said:
            os.dup2(said.fileno(), 2)
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@contextlib.contextmanager
def _silenced_stderr() -> Iterator[None]:
    """Nothing reaches the process's standard error, not even from a library in C, unless it fails.

    TensorFlow says that oneDNN is on before it looks at TF_CPP_MIN_LOG_LEVEL. All that was said is
    shown after all if the block raises, or if the process dies in it.
    """
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # closed: nothing to silence
        yield
        return
    with tempfile.TemporaryFile() as said:
        try:
            with _shown_if_killed(said.fileno(), kept):
                os.dup2(said.fileno(), 2)
                yield
        except BaseException:
            _show(said.fileno(), kept)
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


@contextlib.contextmanager
def _shown_if_killed(said: int, stderr: int) -> Iterator[None]:
    """Copies one file descriptor to another if the process dies, as by an abort in a library in C.

    No code of this process runs then, so a fork of it, before there are threads, waits for that.
    """
    if not hasattr(os, "fork"):
        yield
        return
    waiting, living = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(living)
            if not os.read(waiting, 1):  # the other end is closed, and nothing was written
                _show(said, stderr)
        finally:
            os._exit(0)
    os.close(waiting)
    try:
        yield
    finally:
        os.write(living, b".")
        os.close(living)
        os.waitpid(child, 0)


def _show(said: int, stderr: int) -> None:
    os.write(stderr, os.pread(said, os.fstat(said).st_size, 0))


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


def memory_bytes() -> int:
    """Memory of this machine in bytes; more than any has where the system does not say."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 1 << 62


def most_open_files() -> int:
    """Files that this process may have open at a time, by its soft limit; at most a million."""
    try:
        import resource
    except ImportError:  # no POSIX
        return 512
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1_000_000 if soft == resource.RLIM_INFINITY else min(soft, 1_000_000)
