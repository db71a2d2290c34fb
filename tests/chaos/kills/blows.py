"""What may happen to a command that runs: kills, signals that ask it to stop, files that may not grow."""

import dataclasses
import random
import signal

from tests.chaos.kills.outcomes import Outcome
from tests.chaos.kills.serving import Order, Running, Server

_KILLED = {-signal.SIGKILL, -signal.SIGXFSZ}
_REQUESTS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_LEAST_LIMIT = 50_000  # what is printed must go on


@dataclasses.dataclass(frozen=True)
class Undisturbed:
    """A command that nothing happened to.

    Attributes:
        outcome: what it left.
        seconds: what it took.
        num_events: changes to files that Python made.
        largest: bytes of its largest file.
    """

    outcome: Outcome
    seconds: float
    num_events: int
    largest: int


@dataclasses.dataclass(frozen=True)
class Blow:
    """Something that happens to a command.

    Attributes:
        kind: "moment", "event" or "byte", where it is killed; "signal", or "limit" of files.
        place: seconds, the number of the event, or bytes.
        number: of the signal.
    """

    kind: str
    place: float
    number: int = signal.SIGKILL

    @property
    def kills(self) -> bool:
        """Whether it lets nothing be cleaned up."""
        return self.kind in {"moment", "event", "byte"}

    def __call__(self, server: Server, order: Order) -> int:
        """Starts a command and strikes it, if it does not end before; gives its status."""
        place = round(self.place)
        if self.kind == "event":
            return server.run(dataclasses.replace(order, event=place))[0]
        if self.kind == "byte":
            return server.run(dataclasses.replace(order, byte=place))[0]
        if self.kind == "limit":
            return server.run(dataclasses.replace(order, refused_byte=place))[0]
        running = server.start(order)
        if not running.ended_within(self.place) and (self.kills or _takes_signals(running)):
            running.send(self.number)
        return running.status()

    def is_fitting(self, status: int) -> bool:
        """Whether a command may end so after it."""
        if self.kills:
            return status in _KILLED
        return status == (1 if self.kind == "limit" else 128 + self.number)

    def __str__(self) -> str:
        """For messages."""
        what = signal.Signals(self.number).name if self.kind in {"moment", "signal"} else ""
        return f"{what} {self.kind} {self.place:.2f}".strip()


def choose(rng: random.Random, undisturbed: Undisturbed) -> Blow:
    """Some blow; three of four kill. It may come too late."""
    kind = rng.choice(["moment", "event", "byte"] * 2 + ["signal", "limit"])
    if kind == "event":
        return Blow(kind, rng.randint(1, undisturbed.num_events))
    if kind in {"byte", "limit"}:
        # By its logarithm, as most files are small.
        size = undisturbed.largest ** rng.uniform(0.3, 1.0)
        return Blow(kind, size if kind == "byte" else max(size, _LEAST_LIMIT))
    seconds = rng.uniform(0.0, 1.05) * undisturbed.seconds
    return Blow(kind, seconds, rng.choice(_REQUESTS) if kind == "signal" else signal.SIGKILL)


def _takes_signals(running: Running) -> bool:
    """Waits until a command has said what it does on signals; not for ever, as it may have ended."""
    while not running.ended_within(0.02):
        if running.catches(signal.SIGTERM):
            return True
    return False
