"""What doors do with broken inputs.

A door is a function that reads an input and returns what it read, row by row. `attack` gives it many
inputs that were broken in one place each, and counts what comes of it.
"""

import dataclasses
import resource
import signal
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Mapping
from contextlib import contextmanager

from facedebias.errors import InputError
from tests.chaos.mutations import Broken, broken
from tests.chaos.read_rows import LEFT_OUT

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
_GB = 1 << 30

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
        cost: how many inputs of most doors take as long as one of it, which gets that many fewer.
    """

    name: str
    whole: bytes
    read: Callable[[bytes], Reading]
    touched: Callable[[Hashable, frozenset[int]], bool] = lambda key, lines: True
    is_text: bool = True
    may_lose: bool = False
    without: Collection[str] = ()
    limit: float = 10.0
    cost: int = 1

    def is_wrong(self, key: Hashable, expected: Reading, found: Reading) -> bool:
        """Whether what was read of an untouched place is not what is there."""
        if found.get(key) == LEFT_OUT or (found.get(key) is None and self.may_lose):
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
    for index in range(first, first + -(-number // door.cost)):
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
