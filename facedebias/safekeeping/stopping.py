"""Signals that ask a process to stop: obeyed in good order the first time, and at once the second time."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# `timeout`, terminals and service managers send one request twice, microseconds apart.
_SAME_REQUEST_SECONDS = 0.1


class Stopped(KeyboardInterrupt):
    """A signal asked the process to stop.

    Not an `Exception`, so that nothing takes it for a failure; notebooks know its base class.

    Args:
        number: of the signal.
        told: whether what there is to say was said.
    """

    def __init__(self, number: int, told: bool = False):
        super().__init__(name_of(number))
        self.number, self.told = number, told

    @property
    def status(self) -> int:
        """Exit status that shells know it by: 128 + the number of the signal."""
        return 128 + self.number


class StopRequest:
    """Whether the process has been asked to stop.

    Args:
        say: is told once, as soon as the request arrives, by a thread of its own; may fail.
    """

    def __init__(self, say: Callable[[int], None] = lambda number: None):
        self.number = 0
        self._say, self._since = say, 0.0

    def note(self, number: int) -> None:
        """Takes a signal; ends the process if it is the second."""
        now = time.monotonic()
        if not self.number:
            self._since = now
            # Before anything can act on it; and the request counts whether or not it can be said.
            with contextlib.suppress(Exception):
                self._say(number)
            self.number = number
        elif now - self._since > _SAME_REQUEST_SECONDS:
            exit_at_once(number)

    def obey(self) -> None:
        """Raises `Stopped` if there is a request."""
        if self.number:
            raise Stopped(self.number)


def name_of(number: int) -> str:
    """E.g. "SIGTERM"."""
    return signal.Signals(number).name


def exit_at_once(number: int) -> NoReturn:
    """Ends the process without any cleaning up; the next start does that."""
    with contextlib.suppress(OSError):
        os.write(2, f"{name_of(number)} again: stopped at once\n".encode())
    os._exit(128 + number)


@contextlib.contextmanager
def raised() -> Iterator[None]:
    """Inside of it the first signal raises `Stopped` wherever the main thread is.

    For work that cleans up behind itself. Signals that were ignored before, as under `nohup`, stay so.
    Does nothing outside the main thread.
    """
    request = StopRequest()

    def obey(number: int, frame: FrameType | None) -> None:
        del frame
        is_first = not request.number
        request.note(number)
        if is_first:
            request.obey()

    with _handled_by(obey, _handlers()):
        yield


@contextlib.contextmanager
def deferred(say: Callable[[int], None] = lambda number: None) -> Iterator[StopRequest]:
    """Inside of it the first signal is noted, for work that looks at `number` where it may stop.

    A thread takes the signals: the main one may be in a library in C for seconds. Signals that were
    ignored before, as under `nohup`, stay so. Does nothing outside the main thread.

    Args:
        say: see `StopRequest`.

    Raises:
        Stopped: at the end, if there was a request that nothing obeyed.
    """
    request, before = StopRequest(say), _handlers()
    # The thread listens before and after the signals have no other handler, so that none is lost.
    with _bytes_of_signals(request, before), _handled_by(lambda number, frame: None, before):
        yield request
    request.obey()


_Handlers = dict[int, Callable[[int, FrameType | None], object] | int]


def _handlers() -> _Handlers:
    """What handles each signal that is not ignored; nothing outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    found = {own: signal.getsignal(own) for own in SIGNALS}
    # None is a handler that was not set from Python.
    return {own: old for own, old in found.items() if old is not None and old != signal.SIG_IGN}


@contextlib.contextmanager
def _handled_by(handler: Callable[[int, FrameType | None], None], before: _Handlers) -> Iterator[None]:
    """Gives signals a handler in place of those that they have."""
    try:
        for own in before:
            signal.signal(own, handler)
        yield
    finally:
        _set(before)


def _set(handlers: _Handlers) -> None:
    """Gives signals their handlers, all of them even if one raises that is there already."""
    try:
        for own, old in handlers.items():
            signal.signal(own, old)
    except BaseException:
        _set(handlers)
        raise


@contextlib.contextmanager
def _bytes_of_signals(request: StopRequest, handled: Collection[int]) -> Iterator[None]:
    """Has a thread note the signals, which the interpreter writes to a pipe the moment they arrive."""
    if not handled:
        yield
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)

    def listen() -> None:
        while numbers := os.read(reading, 64):
            for number in numbers:
                if number in handled:
                    request.note(number)

    listener = threading.Thread(target=listen, name="signals", daemon=True)
    listener.start()
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield
    finally:
        try:
            signal.set_wakeup_fd(before)
        finally:  # the handlers from before are there again, and may raise
            signal.set_wakeup_fd(before)
            os.close(writing)
            listener.join()
            os.close(reading)
