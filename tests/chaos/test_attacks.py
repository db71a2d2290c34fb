"""The harness finds what it is there to find."""

import time

import pytest

from facedebias.errors import InputError
from tests.chaos.attacks import (
    FINE,
    REFUSED,
    TOO_LONG,
    TRACEBACK,
    WRONG,
    Door,
    attack,
    outcome_of,
)
from tests.chaos.mutations import Broken, broken
from tests.chaos.read_rows import LEFT_OUT

WHOLE = b"name value\n" + b"".join(b"n%d v%d\n" % (i, i) for i in range(20))
BROKEN = Broken(WHOLE.replace(b"v3", b"v4"), "changed", frozenset({4}))


def line_of(key, lines):
    return int(key[1:]) + 1 in lines if key[1:].isdigit() else True


def door(read, **options):
    return Door("door", WHOLE, read, line_of, **options)


def careful(data):
    if not data.isascii() or not data.startswith(b"name value\n"):
        raise InputError("no such text")
    rows = [line.split() for line in data.decode().split("\n")[1:] if line]
    if any(len(row) != 2 for row in rows) or len({row[0] for row in rows}) < len(rows):
        raise InputError("a row is not as it should be")
    return dict(rows)


def outcome(read, **options):
    return outcome_of(door(read, **options), BROKEN, careful(WHOLE))[0]


def test_a_door_that_reads_and_one_that_refuses():
    def refuse(data):
        raise InputError("no")

    assert outcome(careful) == FINE
    assert outcome(refuse) == REFUSED


def test_what_is_left_out_and_said_is_no_fault():
    rows = careful(WHOLE)
    assert outcome(lambda data: rows | {"n9": LEFT_OUT}) == FINE
    assert outcome(lambda data: rows | {"n9": "v8"}) == WRONG


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("x"), OSError("x"), RecursionError("x")])
def test_every_other_error_is_a_fault(error):
    def fail(data):
        raise error

    assert outcome(fail) == TRACEBACK


def test_hanging_is_a_fault():
    assert outcome(lambda data: time.sleep(30), limit=0.05) == TOO_LONG


def test_what_is_read_wrongly_or_lost_is_a_fault():
    assert outcome(lambda data: careful(data) | {"n7": "v8"}) == WRONG
    lost = {key: value for key, value in careful(WHOLE).items() if key != "n7"}
    assert outcome(lambda data: lost) == WRONG
    assert outcome(lambda data: lost, may_lose=True) == FINE


def test_what_shifts_all_rows_is_found():
    def shifting(data):
        lines = [line for line in data.decode("ascii", "replace").split("\n")[1:] if line]
        names = [line.partition(" ")[0] for line in lines]
        values = [line.rpartition(" ")[2] for line in lines if " " in line]
        return dict(zip(names, values, strict=False))

    assert attack(door(shifting), 300).counts[WRONG] > 0
    assert attack(door(careful), 300).counts[WRONG] == 0


def test_the_same_seed_breaks_the_same_place_and_says_which():
    for number in range(500):
        case = broken(WHOLE, f"seed/{number}")
        assert case == broken(WHOLE, f"seed/{number}")
        if case.data.count(b"\n") == WHOLE.count(b"\n") and case.lines:
            pairs = zip(WHOLE.split(b"\n"), case.data.split(b"\n"), strict=True)
            changed = {line for line, (before, after) in enumerate(pairs) if before != after}
            # Lines may change places, since rows are known by their names.
            assert changed <= case.lines or "lines" in case.what or "encode" in case.what
