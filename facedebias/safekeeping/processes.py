"""Which process this is, and whether another one is still alive: numbers of processes are used again."""

import hashlib
import os
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_PROC = Path("/proc")
_MACHINE = Path("/etc/machine-id")
_GONE = {"Z", "X"}  # zombies: killed, and not yet fetched by their parent


def place() -> dict[str, str]:
    """Where numbers of processes mean what they mean here: the host, and the container if there is one."""
    try:
        space = os.readlink(_PROC / "self/ns/pid")
    except OSError:  # no Linux
        space = ""
    return {"host": socket.gethostname(), "space": space}


def this() -> dict[str, str | int]:
    """`place`, `machine`, `pid` and `started` of this process."""
    own = os.getpid()
    return {**place(), "machine": _machine(), "pid": own, "started": started(own) or ""}


def is_alive(process: Mapping[str, Any]) -> bool | None:
    """Whether a process lives; None where nothing here tells, as of one on another machine.

    Args:
        process: what `this` says in it. `machine` may be absent, as of earlier versions.
    """
    if any(process[name] != value for name, value in place().items()):
        return None
    pid, known = int(process["pid"]), str(process["started"])
    theirs, ours = known.rpartition(":")[0], _boot()
    if theirs and ours and theirs != ours:
        # Another machine of this name; or this one before it started again, and then none is left.
        return False if _machine() and process.get("machine") == _machine() else None
    found = started(pid)
    if found is None:
        return False
    if not found or not known:
        return None
    # Where the boot cannot be read, the ticks count alone.
    return found.endswith(known) or known.endswith(found)


def started(pid: int) -> str | None:
    """Tells a process from all others that have or had its number here.

    Returns:
        On Linux its start in clock ticks, after the name of the machine's boot if that can be read; empty if
        there is a process whose start this one may not know; None if there is none.
    """
    if not (_PROC / "self/stat").exists():
        return _listed(pid) or ("" if _has_number(pid) else None)
    try:
        stat = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except (OSError, ValueError):  # /proc may hide the processes of others
        return "" if _has_number(pid) else None
    # The name of the program, in brackets, may hold spaces and brackets.
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in _GONE else f"{_boot()}:{fields[18]}"


def _boot() -> str:
    """Name of the machine's boot; empty where it cannot be read, as in some containers and on macOS."""
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except (OSError, ValueError):
        return ""


def _machine() -> str:
    """Tells this machine from others, whatever they are called; empty where that cannot be known."""
    try:
        known = _MACHINE.read_bytes().strip()
    except OSError:
        return ""
    # Who reads the lock of a folder need not learn it, says machine-id(5).
    return hashlib.sha256(b"facedebias" + known).hexdigest()[:16] if known else ""


def _has_number(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError, ValueError):
        return False
    except OSError:  # it may not be sent signals
        return True
    return True


def _listed(pid: int) -> str:
    """When `ps` says that a process began, as on macOS."""
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (fixed)
    except OSError:
        return ""
    return found.stdout.strip()
