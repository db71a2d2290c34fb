"""Which process this is, and whether another one is still alive: numbers of processes are used again."""

import os
import socket
import subprocess
from pathlib import Path

_PROC = Path("/proc")
_GONE = {"Z", "X"}  # zombies: killed, and not yet fetched by their parent


def place() -> dict[str, str]:
    """Where numbers of processes mean what they mean here: the host, and the container if there is one."""
    try:
        space = os.readlink(_PROC / "self/ns/pid")
    except OSError:  # no Linux
        space = ""
    return {"host": socket.gethostname(), "space": space}


def this() -> dict[str, str | int]:
    """`place`, `pid` and `started` of this process."""
    return {**place(), "pid": os.getpid(), "started": started(os.getpid())}


def started(pid: int) -> str:
    """Tells a process from all others that have or had its number here; empty if there is none.

    On Linux its start in clock ticks, and the name of the machine's boot.
    """
    if not (_PROC / "self/stat").exists():
        return _listed(pid)
    try:
        stat = (_PROC / str(pid) / "stat").read_text(errors="replace")
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except (OSError, ValueError):
        return ""
    # The name of the program, in brackets, may hold spaces and brackets.
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state in _GONE else f"{boot}:{fields[18]}"


def _listed(pid: int) -> str:
    """When `ps` says that a process began, as on macOS."""
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (fixed)
    except OSError:
        return ""
    return found.stdout.strip()
