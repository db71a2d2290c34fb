"""Tries a LiteRT file in a process of its own: a damaged one may end the process that opens it."""

import subprocess
import sys
from pathlib import Path

from facedebias.errors import InputError

_PROBE = Path(__file__).with_name("litert_probe.py")
_SECONDS = 120.0


def check(path: Path, content: bytes, most_bytes: int) -> None:
    """Has another process load a model and ask it about empty pictures.

    What is wrong in any other way is left to whoever loads it then.

    Args:
        path: of the file, for messages.
        content: of it.
        most_bytes: that its tensors may take; one that wants more is not asked.

    Raises:
        InputError: if that process is killed by a signal, or does not end.
    """
    # -P: what lies beside the probe is no module of its.
    command = [sys.executable, "-P", str(_PROBE), str(most_bytes)]
    try:
        ended = subprocess.run(command, input=content, capture_output=True, timeout=_SECONDS)  # noqa: S603 (fixed)
    except subprocess.TimeoutExpired as error:
        raise InputError(
            f"{path}: gave no answer about an empty picture in {_SECONDS:g} s; it may be damaged. "
            "Export it again."
        ) from error
    except OSError:  # no other process can be had
        return
    if ended.returncode < 0:
        raise InputError(f"{path}: ends the process that opens it, so it is damaged. Export it again.")
