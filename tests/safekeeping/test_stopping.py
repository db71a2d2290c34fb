"""Processes that are asked to stop, by each of the three signals."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import pytest

from facedebias.safekeeping import stopping
from tests import listening

NUMBERS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]

RAISED = """
import sys, time
from facedebias.cli import running
def main(argv):
    try:
        print("started", flush=True)
        time.sleep(30)
    finally:
        {cleaning}
        print("cleaned up", flush=True)
running.run(main)
"""
DEFERRED = """
import sys, time
from facedebias.safekeeping import stopping
from tests import listening
with stopping.deferred(lambda number: print(stopping.name_of(number), flush=True)) as request:
    print("started", flush=True)
    end = time.monotonic() + {seconds}
    while time.monotonic() < end and not (request.number and {looks}):
        time.sleep(0.01)
    print("done", flush=True)
"""


def start(script, *words):
    process = subprocess.Popen(
        [*words, sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=listening.listen,
    )
    assert process.stdout.readline() == "started\n"
    return process


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_lets_work_clean_up_and_gives_128_and_its_number(number):
    process = start(RAISED.format(cleaning="pass"))
    process.send_signal(number)
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (128 + number, "cleaned up\n")
    assert errors == ("interrupted\n" if number == signal.SIGINT else f"stopped by {number.name}\n")


@pytest.mark.parametrize("number", NUMBERS)
def test_a_second_one_ends_the_process_at_once(number):
    process = start(RAISED.format(cleaning='print("cleaning", flush=True); time.sleep(30)'))
    process.send_signal(number)
    assert process.stdout.readline() == "cleaning\n"
    time.sleep(0.2)
    process.send_signal(number)
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (128 + number, "")
    assert errors == f"{number.name} again: stopped at once\n"


@pytest.mark.parametrize("number", NUMBERS)
def test_work_that_looks_for_a_request_ends_where_it_may(number):
    process = start(DEFERRED.format(seconds=30, looks=True))
    process.send_signal(number)
    output, errors = process.communicate(timeout=20)
    assert output == f"{number.name}\ndone\n"
    assert errors.splitlines()[-1].endswith(f"Stopped: {number.name}")


def test_a_request_that_comes_twice_at_once_is_one():
    process = start(DEFERRED.format(seconds=30, looks=True))
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGTERM):
        process.send_signal(number)
    assert process.communicate(timeout=20)[0].endswith("done\n")


def test_a_second_one_ends_work_that_does_not_look():
    process = start(DEFERRED.format(seconds=30, looks=False))
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "SIGTERM\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGINT


def test_what_nohup_ignores_stays_ignored():
    process = start(DEFERRED.format(seconds=1, looks=True), "nohup")
    process.send_signal(signal.SIGHUP)
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (0, "done\n")


def test_handlers_are_put_back():
    before = [signal.getsignal(number) for number in NUMBERS]
    with stopping.raised(), stopping.deferred():
        assert signal.getsignal(signal.SIGTERM) != before[1]
    assert [signal.getsignal(number) for number in NUMBERS] == before


@pytest.fixture
def heard():
    """Signals that came to the handlers that were there before; also where the suite has them ignored."""
    numbers = []
    before = {own: signal.signal(own, lambda number, frame: numbers.append(number)) for own in NUMBERS}
    yield numbers
    for own, handler in before.items():
        signal.signal(own, handler)


def struck(monkeypatch, name, when):
    """Has SIGTERM arrive right after a function of `signal` was called so."""
    call = getattr(signal, name)

    def late(*args, **options):
        given = call(*args, **options)
        if when(*args):
            os.kill(os.getpid(), signal.SIGTERM)
        return given

    monkeypatch.setattr(signal, name, late)


def stopped_or(heard):
    """Whether a request came of a signal, or it went where it went before."""
    number = None
    with contextlib.suppress(stopping.Stopped), stopping.deferred() as request:
        number = signal.SIGTERM
    return bool(request.number or heard) and number is not None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_on_the_way_in_is_not_lost(monkeypatch, heard, number):
    is_first = iter([True])
    struck(monkeypatch, "signal", lambda own, handler: own == number and next(is_first, False))
    assert stopped_or(heard)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nor_one_on_the_way_out(monkeypatch, heard, number):
    before = {own: signal.getsignal(own) for own in NUMBERS}
    struck(monkeypatch, "signal", lambda own, handler: own == number and handler == before[own])
    assert stopped_or(heard)


def test_nor_one_after_the_pipe_is_closed(monkeypatch, heard):
    struck(monkeypatch, "set_wakeup_fd", lambda number: number == -1)
    assert stopped_or(heard)


def test_all_handlers_are_put_back_though_one_raises(monkeypatch, heard):
    before = [signal.getsignal(number) for number in NUMBERS]
    with pytest.raises(stopping.Stopped), stopping.raised():
        outer = [signal.getsignal(number) for number in NUMBERS]
        is_first = iter([True])
        struck(
            monkeypatch,
            "signal",
            lambda own, handler: (own, handler) == (signal.SIGTERM, outer[1]) and next(is_first, False),
        )
        try:
            with stopping.deferred():
                pass
        finally:
            assert [signal.getsignal(number) for number in NUMBERS] == outer
    assert [signal.getsignal(number) for number in NUMBERS] == before


def test_a_request_that_cannot_be_said_counts():
    def fail(number):
        raise BrokenPipeError

    request = stopping.StopRequest(fail)
    request.note(signal.SIGTERM)
    assert request.number == signal.SIGTERM
