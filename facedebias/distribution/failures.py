"""What is said when another worker is gone."""

import contextlib
import re
from collections.abc import Iterator

from facedebias.distribution.replication import Replication
from facedebias.errors import InputError
from facedebias.lazy import LazyModule

tf = LazyModule("tensorflow")


@contextlib.contextmanager
def explained(replication: Replication, go_on: str) -> Iterator[None]:
    """Turns errors of messages between workers into a line that says what to do.

    Args:
        replication: which worker this is.
        go_on: says how the run goes on.

    Raises:
        InputError: in place of such an error.
    """
    try:
        yield
    except tf.errors.OpError as error:
        gone = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError)
        is_gone = isinstance(error, gone) or "collective" in error.message.lower()
        if replication.num_workers == 1 or not is_gone:
            raise
        raise InputError(
            f"worker {replication.worker}: {_gone(error.message)} does not answer. End what is left of the "
            f"others, and start all of them again. {go_on}"
        ) from error


def _gone(message: str) -> str:
    """The worker that TensorFlow misses, as TF_CONFIG names it, if its message tells."""
    found = re.search(r"/job:(\w+)/replica:0/task:(\d+)", message)
    return f'the process of type "{found[1]}" and index {found[2]}' if found else "another worker"
