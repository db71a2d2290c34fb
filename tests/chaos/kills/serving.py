"""Runs commands of facedebias in processes of their own, from one that has imported everything before.

`python -m tests.chaos.kills.serving` takes lines of JSON and answers each with one. TensorFlow takes
most of a small command's time to import; it starts its threads with its first operation, so that a
process which has done nothing else may still be divided. `Server` is the other end.
"""

import atexit
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True)
class Order:
    """A command to run.

    Attributes:
        words: after `facedebias`.
        folder: where it runs.
        log: file that gets all it prints.
        event: of Python's changes to files, from 1, before which it is killed; 0 for none.
        byte: largest size of a file; where one grows beyond it, the process is killed. 0 for none.
        refused_byte: the same, but writing fails, as under a quota.
        count: file that gets the number of changes at the end; empty for none.
    """

    words: tuple[str, ...]
    folder: str
    log: str
    event: int = 0
    byte: int = 0
    refused_byte: int = 0
    count: str = ""


class Running:
    """A command that runs.

    Args:
        server: that started it.
        pid: of its process, which leads a group.
    """

    def __init__(self, server: "Server", pid: int):
        self._server, self.pid = server, pid

    def ended_within(self, seconds: float) -> bool:
        """Whether it ends by itself meanwhile."""
        file = os.pidfd_open(self.pid)
        try:
            return bool(select.select([file], [], [], max(0.0, seconds))[0])
        finally:
            os.close(file)

    def send(self, number: int) -> None:
        """Sends a signal to the group."""
        os.killpg(self.pid, number)

    def catches(self, number: int) -> bool:
        """Whether it has a handler for a signal."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        mask = next((line.split()[1] for line in lines if line.startswith("SigCgt")), "0")
        return bool(int(mask, 16) >> (number - 1) & 1)

    def status(self) -> int:
        """Waits for its end; minus the number of the signal that ended it, or its exit status."""
        return self._server.ask({"wait": self.pid})["status"]


class Server:
    """The process that commands are started from; a context."""

    def __enter__(self) -> "Server":
        environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", __spec__.name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()  # the end of its input ends it

    def ask(self, question: dict) -> dict:
        """Sends a line and reads one."""
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def start(self, order: Order) -> Running:
        """Starts a command."""
        return Running(self, self.ask({"start": asdict(order)})["pid"])

    def run(self, order: Order) -> tuple[int, float]:
        """Runs a command to its end; gives its status, and the seconds it took."""
        start = time.monotonic()
        status = self.start(order).status()
        return status, time.monotonic() - start


def serve() -> Order:
    """Answers questions; returns in the processes that are to run a command."""
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        question = json.loads(line)
        if "wait" in question:
            answer = {"status": os.waitstatus_to_exitcode(os.waitpid(question["wait"], 0)[1])}
        elif (pid := os.fork()) == 0:
            return Order(**question["start"])
        else:
            answer = {"pid": pid}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    os._exit(0)


def become(order: Order) -> None:
    """Makes this process what a shell would have started."""
    os.setsid()
    log = os.open(order.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number, file in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
        os.dup2(file, number)
    os.chdir(order.folder)
    sys.argv = ["facedebias", *order.words]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if limit := order.byte or order.refused_byte:
        if order.byte:
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    _watch(order)


def _watch(order: Order) -> None:
    """Counts changes to files in the folder, and kills the process before one of them."""
    num_seen = 0

    def see(event: str, arguments: tuple) -> None:
        nonlocal num_seen
        if event not in _CHANGES and not (event == "open" and (arguments[2] or 0) & _WRITING):
            return
        if not isinstance(arguments[0], str | os.PathLike) or not _is_in(arguments[0], order.folder):
            return
        num_seen += 1
        if num_seen == order.event:
            os.kill(os.getpid(), signal.SIGKILL)

    if order.event or order.count:
        sys.addaudithook(see)
    if order.count:
        atexit.register(lambda: Path(order.count).write_text(f"{num_seen}"))


def _is_in(path: "str | os.PathLike[str]", folder: str) -> bool:
    return os.path.abspath(path).startswith(f"{folder}{os.sep}")


def _import_everything() -> None:
    import facedebias.cli.commands
    import facedebias.cli.running
    import facedebias.detection.output
    import facedebias.mitigation.judging
    import facedebias.training.run  # noqa: F401


if __name__ == "__main__":
    _import_everything()
    become(serve())
    from facedebias.cli import commands

    commands.main()
