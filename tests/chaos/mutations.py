"""Broken inputs, made by a seed, and what a door does with them.

A door is a function that reads an input and returns what it read, row by row. `attack` gives it many
inputs that were broken in one place each, and counts what comes of it.
"""

import dataclasses
import json
import random
import resource
import signal
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Mapping
from contextlib import contextmanager

from facedebias.errors import InputError

# What comes of an input. All but the first two are faults of the door.
FINE, REFUSED, TRACEBACK, TOO_LONG, TOO_LARGE, WRONG = (
    "fine",
    "refused",
    "tracebacks",
    "hangs",
    "over 1 GB",
    "silently wrong",
)
FAULTS = (TRACEBACK, TOO_LONG, TOO_LARGE, WRONG)
HOSTILE = [
    *("", " ", "nan", "None", "NULL", "+1", "1.0", "yes", "-0", "0x1", "1_0", "1e309", "1e5", "-1", "2"),
    *("2147483648", "99999999999999999999", "9" * 5000, "x" * 140_000, "\u0663", "\uff11", "\u00b2"),
    *('"', '""', '"a', "'", "=cmd()", "../../etc/passwd", "/etc/passwd", "C:\\x", "a/b", "."),
    *("\0", "\x1b[2J", "\u202e", "\ufeff", "\u2028", "\x1c", "\x85", "\r", "\n", "\t", ",", ";", "|"),
    *("[" * 3000, '{"a":' * 500, "NaN", "Infinity", "true", "\\ud800"),
]
_GB = 1 << 30


@dataclasses.dataclass(frozen=True)
class Broken:
    """An input that was broken in one place.

    Attributes:
        data: the input.
        what: was done, for messages.
        lines: numbers from 0 of the lines of the whole input that were touched.
    """

    data: bytes
    what: str
    lines: frozenset[int]


def broken(data: bytes, seed: str, is_text: bool = True, without: Collection[str] = ()) -> Broken:
    """Breaks an input in one place; the same seed breaks it in the same way.

    Args:
        data: the input.
        seed: any text.
        is_text: whether it has lines and fields.
        without: kinds of damage that are not done.
    """
    rng = random.Random(seed)
    kinds = {kind.__name__.lstrip("_"): kind for kind in (*_OF_BYTES, *(_OF_LINES if is_text else ()))}
    name = rng.choice([name for name in kinds if name not in without])
    changed, lines = kinds[name](rng, data)
    return Broken(changed, f"{name} ({seed})", frozenset(lines))


def _at(data: bytes, place: int) -> int:
    return data.count(b"\n", 0, place)


def _flip_bit(rng, data):
    place = rng.randrange(len(data))
    changed = bytearray(data)
    changed[place] ^= 1 << rng.randrange(8)
    return bytes(changed), _around(data, place, place + 1)


def _set_byte(rng, data):
    place = rng.randrange(len(data))
    new = rng.choice([0, 10, 13, 34, 44, 127, 128, 255, rng.randrange(256)])
    return data[:place] + bytes([new]) + data[place + 1 :], _around(data, place, place + 1)


def _cut_off(rng, data):
    place = rng.randrange(len(data))
    return data[:place], range(_at(data, place), _at(data, len(data)) + 1)


def _remove_bytes(rng, data):
    start = rng.randrange(len(data))
    end = start + rng.choice([1, 1, 2, 5, 20])
    return data[:start] + data[end:], _around(data, start, end)


def _insert_bytes(rng, data):
    place = rng.randrange(len(data) + 1)
    return data[:place] + rng.randbytes(rng.choice([1, 2, 8])) + data[place:], _around(data, place, place)


def _insert_token(rng, data):
    place = rng.randrange(len(data) + 1)
    token = rng.choice(HOSTILE).encode("utf-8", "surrogatepass")
    return data[:place] + token + data[place:], _around(data, place, place)


def _repeat_bytes(rng, data):
    start = rng.randrange(len(data))
    end = start + rng.choice([1, 4, 16, 64])
    return data[:end] + data[start:], _around(data, start, end)


def _blank_bytes(rng, data):
    start = rng.randrange(len(data))
    piece = data[start : start + rng.choice([1, 4, 32])]
    end = start + len(piece)
    return data[:start] + rng.choice([b"\0", b" ", b"\xff"]) * len(piece) + data[end:], _around(
        data, start, end
    )


def _around(data: bytes, start: int, end: int) -> range:
    """Lines from `start` to `end`; those that a lost newline joins, or a new one divides, too."""
    return range(_at(data, max(start - 1, 0)), _at(data, min(end + 1, len(data))) + 1)


def _lines_of(data: bytes) -> list[bytes]:
    return data.split(b"\n")


def _repeat_line(rng, data):
    lines = _lines_of(data)
    number = rng.randrange(len(lines))
    place = rng.randrange(len(lines) + 1)
    return b"\n".join([*lines[:place], lines[number], *lines[place:]]), {number, place - 1, place}


def _remove_line(rng, data):
    lines = _lines_of(data)
    number = rng.randrange(len(lines))
    return b"\n".join(lines[:number] + lines[number + 1 :]), {number}


def _swap_lines(rng, data):
    lines = _lines_of(data)
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines), {one, other} & {0, 1}  # where rows stand says nothing, but headers do


def _swap_fields(rng, data):
    return _with_fields(rng, data, _swapped)


def _swapped(rng, fields):
    one, other = rng.randrange(len(fields)), rng.randrange(len(fields))
    fields[one], fields[other] = fields[other], fields[one]


def _hostile_field(rng, data):
    return _with_fields(rng, data, lambda rng, fields: _set(fields, rng, _token(rng)))


def _lost_field(rng, data):
    return _with_fields(rng, data, lambda rng, fields: fields.pop(rng.randrange(len(fields))))


def _new_field(rng, data):
    return _with_fields(
        rng, data, lambda rng, fields: fields.insert(rng.randrange(len(fields) + 1), _token(rng))
    )


def _set(fields, rng, token):
    fields[rng.randrange(len(fields))] = token


def _token(rng):
    return rng.choice(HOSTILE).encode("utf-8", "surrogatepass")


def _with_fields(rng, data, change):
    lines = _lines_of(data)
    number = rng.randrange(len(lines))
    separator = next((sign for sign in (b",", b";", b"\t") if sign in data), b" ")
    fields = lines[number].split(separator)
    change(rng, fields)
    lines[number] = separator.join(fields)
    return b"\n".join(lines), {number}


def _all_again(rng, data):
    mark = rng.choice([b"\xef\xbb\xbf", b""])
    return data + mark + data, range(_at(data, len(data)) + 1)


def _encode_again(rng, data):
    encoding = rng.choice(["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp037", "latin-1"])
    text = data.decode("utf-8", "replace") + rng.choice(["", "\u00e9", "\u4e00"])
    return text.encode(encoding, "replace"), {_at(data, len(data))}


def _other_line_ends(rng, data):
    return data.replace(b"\n", rng.choice([b"\r\n", b"\r", b"\n\n", b"\n\xef\xbb\xbf", b" \n"])), ()


_OF_BYTES = (_flip_bit, _set_byte, _cut_off, _remove_bytes, _insert_bytes, _repeat_bytes, _blank_bytes)
_OF_LINES = (_insert_token, _repeat_line, _remove_line, _swap_lines, _swap_fields, _hostile_field)
_OF_LINES += (_lost_field, _new_field, _all_again, _encode_again, _other_line_ends)

Reading = Mapping[Hashable, object]
"""What a door read: a key for each thing that was read, such as a picture and an attribute."""


@dataclasses.dataclass(frozen=True)
class Door:
    """Something that reads inputs.

    Attributes:
        name: of the door.
        whole: an input that is as it should be.
        read: reads an input; raises InputError if it refuses it.
        touched: whether a key of a reading hangs on any of these lines of the whole input.
        is_text: whether the input has lines and fields.
        may_lose: whether what is lost or None was lost visibly, as a picture that is counted as bad.
        without: kinds of damage that would break more than one place of this input.
        limit: seconds an input may take.
    """

    name: str
    whole: bytes
    read: Callable[[bytes], Reading]
    touched: Callable[[Hashable, frozenset[int]], bool] = lambda key, lines: True
    is_text: bool = True
    may_lose: bool = False
    without: Collection[str] = ()
    limit: float = 10.0

    def is_wrong(self, key: Hashable, expected: Reading, found: Reading) -> bool:
        """Whether what was read of an untouched place is not what is there."""
        if found.get(key) is None and self.may_lose:
            return False
        if isinstance(expected[key], frozenset):  # all that was said of one name
            return not expected[key] <= found.get(key, frozenset())
        return key not in found or found[key] != expected[key]


@dataclasses.dataclass
class Tally:
    """Counts what came of the inputs of a door.

    Attributes:
        counts: number of inputs by what came of them.
        faults: the first faults, each as (what was done, what happened).
    """

    door: str
    counts: Counter = dataclasses.field(default_factory=Counter)
    faults: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    def __str__(self) -> str:
        """One line, as a test prints it."""
        counts = ", ".join(f"{self.counts[kind]:,} {kind}" for kind in (FINE, REFUSED, *FAULTS))
        return f"{self.door}: {self.counts.total():,} inputs, {counts}"


def attack(door: Door, number: int, first: int = 0) -> Tally:
    """Gives a door a number of broken inputs.

    Args:
        door: what reads them.
        number: how many.
        first: where to begin to count; other inputs than those before.
    """
    expected = dict(door.read(door.whole))
    tally = Tally(door.name)
    for index in range(first, first + number):
        case = broken(door.whole, f"{door.name}/{index}", door.is_text, door.without)
        outcome, why = outcome_of(door, case, expected)
        tally.counts[outcome] += 1
        if outcome in FAULTS and len(tally.faults) < 20:
            tally.faults.append((case.what, why))
    return tally


def outcome_of(door: Door, case: Broken, expected: Reading) -> tuple[str, str]:
    """What a door does with an input, and what there is to say of it."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.monotonic()
    try:
        with _alarm(door.limit):
            found = door.read(case.data)
    except InputError as error:
        outcome = (REFUSED, str(error))
    except _TooLongError:
        return TOO_LONG, f"over {door.limit} s"
    except Exception:
        return TRACEBACK, traceback.format_exc()[-700:]
    else:
        wrong = [
            f"{key}: {found[key]!r} for {expected[key]!r}" if key in found else f"{key} is lost"
            for key in expected
            if not door.touched(key, case.lines) and door.is_wrong(key, expected, found)
        ]
        outcome = (WRONG, "; ".join(wrong[:3])) if wrong else (FINE, "")
    if time.monotonic() - start > door.limit:
        return TOO_LONG, f"{time.monotonic() - start:.0f} s"
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    return (TOO_LARGE, f"{grown:,} bytes") if grown > _GB else outcome


class _TooLongError(BaseException):
    """Not an Exception, so that no door takes it for an error of its input."""


@contextmanager
def _alarm(seconds: float):
    """Interrupts what takes too long, where signals can be had."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_):
        raise _TooLongError

    old = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def report(tallies: list[Tally]) -> str:
    """Lines on all doors, and the first faults as JSON."""
    lines = [str(tally) for tally in tallies]
    lines += [json.dumps({"door": t.door, "faults": t.faults[:5]}) for t in tallies if t.faults]
    return "\n".join(lines)
