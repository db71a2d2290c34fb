"""A command's lives: each in an empty folder, and compared with one that nothing happened to."""

import dataclasses
import shutil
from pathlib import Path

from tests.chaos.kills.blows import Undisturbed
from tests.chaos.kills.outcomes import differences, leftovers
from tests.chaos.kills.serving import Order, Running, Server
from tests.chaos.kills.works import Work


@dataclasses.dataclass
class Tally:
    """What came of the lives of a command.

    Attributes:
        name: of the command.
        what: what happened to it, in words.
        struck: how often.
        survived: how often in lives that ended as the undisturbed one.
        obeyed: signals and limits beside that, which ended it in a line.
        leftovers: halves of files and locks that are there after the end.
        tracebacks: how often one was printed.
        faults: lives that were not as they should be, in words.
    """

    name: str
    what: str = "kills"
    struck: int = 0
    survived: int = 0
    obeyed: int = 0
    leftovers: int = 0
    tracebacks: int = 0
    faults: list[str] = dataclasses.field(default_factory=list)

    @property
    def is_fine(self) -> bool:
        """Whether nothing was lost or left."""
        return self.struck == self.survived and not (self.leftovers or self.tracebacks or self.faults)

    def add(self, other: "Tally") -> None:
        """Takes the counts of another."""
        for field in ("struck", "survived", "obeyed", "leftovers", "tracebacks"):
            setattr(self, field, getattr(self, field) + getattr(other, field))
        self.faults += other.faults

    def __str__(self) -> str:
        """One line, as a test prints it."""
        beside = f", {self.obeyed} signals and limits obeyed" if self.obeyed else ""
        return (
            f"{self.name}: {self.struck} {self.what}: {self.survived} survived bit for bit, "
            f"{self.leftovers} leftovers, {self.tracebacks} tracebacks{beside}"
        )


class Lives:
    """The lives of a command.

    Args:
        server: that starts it.
        work: the command.
        folder: for its lives.
    """

    def __init__(self, server: Server, work: Work, folder: Path):
        self.server, self.work, self._folder = server, work, folder
        self._log = folder / "log"
        self.undisturbed = self._run_undisturbed()

    def new(self) -> Path:
        """An empty folder; the one before is gone."""
        life = self._folder / "life"
        shutil.rmtree(life, ignore_errors=True)
        life.mkdir(parents=True)
        self._log.unlink(missing_ok=True)
        return life

    def order(self, life: Path, words: tuple[str, ...] = ()) -> Order:
        """To run the command, or other words, in a folder."""
        return Order(words or self.work.words, str(life), str(self._log))

    def start(self, life: Path) -> Running:
        """Starts the command."""
        return self.server.start(self.order(life))

    def go_on(self, life: Path) -> int:
        """Runs the command as people do after a kill, to its end; gives its status."""
        return self.server.run(self.order(life, self.work.go_on(life)))[0]

    @property
    def said(self) -> str:
        """What the life printed so far."""
        return self._log.read_text(errors="replace")

    def judge(self, tally: Tally, life: Path, told: object, status: int, struck: int) -> None:
        """Counts a life that ended.

        Args:
            tally: that counts.
            life: its folder.
            told: what happened to it, for messages.
            status: that it ended with.
            struck: how often something happened.
        """
        num_tracebacks, left = self.said.count("Traceback"), leftovers(life)
        wrong = [f"status {status}"] if status else self._compared(life)
        tally.struck += struck
        tally.survived += 0 if wrong else struck
        tally.tracebacks += num_tracebacks
        tally.leftovers += len(left)
        if wrong or left or num_tracebacks:
            tally.faults.append(f"{told}: {wrong} {left}: {self.said[-1500:]}")

    def _compared(self, life: Path) -> list[str]:
        return differences(self.work.outcome(life / self.work.output), self.undisturbed.outcome)

    def _run_undisturbed(self) -> Undisturbed:
        life, count = self.new(), self._folder / "count"
        order = dataclasses.replace(self.order(life), count=str(count))
        status, seconds = self.server.run(order)
        if status:
            raise RuntimeError(f"{self.work.name}: {self.said[-2000:]}")
        sizes = [path.stat().st_size for path in life.rglob("*") if path.is_file()]
        outcome = self.work.outcome(life / self.work.output)
        return Undisturbed(outcome, seconds, int(count.read_text()), max(sizes))
