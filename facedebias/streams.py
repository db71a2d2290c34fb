"""Standard streams that cannot stop a command: closed pipes, full disks, terminals of few characters."""

import contextlib
import errno
import io
import os
import sys
from typing import Any, TextIO

BROKEN_PIPE = 141
"""Exit status of a command whose output nobody reads to its end: 128 + SIGPIPE, as shells have it."""


class GuardedStream:
    """A text stream that keeps its first failure instead of raising it, and then takes no more.

    A run or a report is worth more than what is printed of it, so printing never ends them.

    Args:
        stream: what is written to.
        failure: why it can already not be written to; None if it can.
    """

    def __init__(self, stream: TextIO, failure: OSError | None = None):
        self._stream = stream
        self.failure = failure

    def write(self, text: str) -> int:
        """Writes a text, unless writing failed before."""
        if self.failure is None:
            try:
                return self._stream.write(text)
            except OSError as error:
                self._fail(error)
        return len(text)

    def flush(self) -> None:
        """Hands on what was written, unless writing failed before."""
        if self.failure is None:
            try:
                self._stream.flush()
            except OSError as error:
                self._fail(error)

    def __getattr__(self, name: str) -> Any:
        """Everything else is the stream's own."""
        return getattr(self._stream, name)

    def _fail(self, error: OSError) -> None:
        self.failure = error
        # Python flushes what is left once more as it ends, and would complain then.
        with contextlib.suppress(OSError, ValueError, io.UnsupportedOperation):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


def guard() -> tuple[GuardedStream, GuardedStream]:
    """Puts guarded streams in place of standard output and error; opens all three that are closed.

    Characters that a stream's encoding lacks are escaped. A closed stream's number would go to the
    next file that is opened, and whatever is printed into it.

    Returns:
        Standard output and error.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free, which is this one
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: SIM115 (as long as the process)
    output, errors = _guarded(sys.stdout), _guarded(sys.stderr)
    sys.stdout, sys.stderr = output, errors
    return output, errors


def finish(output: GuardedStream, errors: GuardedStream, status: str | int | None) -> str | int | None:
    """Hands on what was written, and says why if that failed, unless the reader has left.

    Args:
        output: standard output, guarded.
        errors: standard error, guarded.
        status: what the command would exit with.

    Returns:
        What it is to exit with: `status` if it is not 0, 1 if output is lost, 141 if nobody reads it.
    """
    output.flush()
    failed = 0
    if (failure := output.failure) is not None:
        failed = BROKEN_PIPE if failure.errno == errno.EPIPE else 1
        if failed != BROKEN_PIPE:
            is_closed = failure.errno == errno.EBADF
            why = "is closed" if is_closed else f"cannot be written ({failure.strerror or failure})"
            errors.write(f"error: standard output: {why}, so the text is lost; send it elsewhere.\n")
    errors.flush()
    return status or failed


def _guarded(stream: TextIO | None) -> GuardedStream:
    if stream is None:
        closed = OSError(errno.EBADF, os.strerror(errno.EBADF))
        return GuardedStream(open(os.devnull, "w"), closed)  # noqa: SIM115 (as long as the process)
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return GuardedStream(stream)
